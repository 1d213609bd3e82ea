import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArchiverError } from '../../src/model/errors.ts';
import {
  MANIFEST_VERSION,
  MAX_MANIFEST_SIZE,
  type Manifest,
  PROOFS,
  parseManifest,
  serializeManifest,
} from '../../src/model/manifest.ts';
import { anyCodePoint } from '../support/any-text.ts';

const KEY = 'shop-db/2018-09-02T01-00-00Z_5b8b36104ffb090be1ac3ce1.manifest.json';
const MANIFEST: Manifest = {
  version: MANIFEST_VERSION,
  database: 'shop-db',
  addonId: 'ad-87b5ba0a-2c0e-4e5c-a5d1-000000000000',
  databaseId: '597601234ffb097af4f3099b',
  app: 'shop',
  backupId: '5b8b36104ffb090be1ac3ce1',
  backupName: '20180902010000_kibana-3938',
  method: 'periodic',
  createdAt: '2018-09-02T01:00:00.178Z',
  archivedAt: '2018-09-02T03:10:00.000Z',
  key: 'shop-db/2018-09-02T01-00-00Z_5b8b36104ffb090be1ac3ce1.tar.gz',
  size: 17_484_513_608,
  checksum: { algorithm: 'CRC32', value: 'y/Q5Jg==', kind: 'full-object' },
  proof: 'store-full-object',
  parts: 2085,
  partSize: 8_388_608,
  etag: 'd41d8cd98f00b204e9800998ecf8427e-2085',
  versionId: 'v1',
  engine: 'postgresql',
  engineVersion: '16.4.0-1',
  archiver: '0.1.0',
};
const NULLABLE = ['app', 'method', 'etag', 'versionId', 'engine', 'engineVersion'] as const;

/** Why a manifest's text is refused. */
function refusal(text: string): ArchiverError {
  try {
    parseManifest(KEY, text);
  } catch (error) {
    expect(error).toBeInstanceOf(ArchiverError);
    if (error instanceof ArchiverError) return error;
  }
  throw new Error(`it was not refused: ${text}`);
}

const changed = (change: object): string => JSON.stringify({ ...MANIFEST, ...change });

describe('a manifest', () => {
  it('is read as it was written', () => {
    expect(parseManifest(KEY, serializeManifest(MANIFEST))).toStrictEqual(MANIFEST);
  });

  it('is read as it was written, whatever it says', () => {
    const text = fc.string({ minLength: 1, maxLength: 40, unit: anyCodePoint });
    const textOrNull = fc.oneof(fc.string(), fc.constant(null));
    const count = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    const time = fc
      .date({
        noInvalidDate: true,
        min: new Date('0000-01-01T00:00:00Z'),
        max: new Date('9999-12-31T23:59:59.999Z'),
      })
      .map((date) => date.toISOString());
    const manifests: fc.Arbitrary<Manifest> = fc.record({
      version: fc.constant(MANIFEST_VERSION),
      database: text,
      addonId: text,
      databaseId: text,
      app: textOrNull,
      backupId: text,
      backupName: fc.string(),
      method: textOrNull,
      createdAt: time,
      archivedAt: time,
      key: text,
      size: count,
      checksum: fc.record({
        algorithm: fc.constantFrom('CRC32', 'CRC64NVME', 'SHA256'),
        value: text,
        kind: fc.constantFrom('full-object', 'composite'),
      }),
      proof: fc.constantFrom(...PROOFS),
      parts: count,
      partSize: count,
      etag: textOrNull,
      versionId: textOrNull,
      engine: textOrNull,
      engineVersion: textOrNull,
      archiver: text,
    });
    fc.assert(
      fc.property(manifests, (manifest) => {
        const written = serializeManifest(manifest);
        expect(parseManifest(KEY, written)).toEqual(manifest);
        expect(serializeManifest(parseManifest(KEY, written))).toBe(written);
      }),
    );
  });

  it('is indented JSON with a line break at its end', () => {
    const text = serializeManifest(MANIFEST);
    expect(text.startsWith('{\n  "version": 1,\n  "database": "shop-db",\n')).toBe(true);
    expect(text.endsWith('}\n')).toBe(true);
    expect(JSON.parse(text)).toEqual(MANIFEST);
  });

  it.each<[string, Partial<Manifest>, RegExp]>([
    ['is longer than what is read of it', { app: 'x'.repeat(MAX_MANIFEST_SIZE) }, /it would have \d+ bytes$/],
    ['would be read back as another', { app: undefined as unknown as null }, /not be read back as it is$/],
    ['would not be read back at all', { size: 0 }, /"size" is missing or malformed$/],
  ])('is not written where it %s', (_, change, why) => {
    expect(() => serializeManifest({ ...MANIFEST, ...change })).toThrow(
      expect.objectContaining({ code: 'manifest.invalid', message: expect.stringMatching(why) }),
    );
  });

  it('that cannot be written is to be reported, and says that it was not', () => {
    for (const app of ['x'.repeat(MAX_MANIFEST_SIZE), undefined as unknown as null]) {
      expect(() => serializeManifest({ ...MANIFEST, app })).toThrow(
        expect.objectContaining({ hint: expect.stringMatching(/^It was not written.*report this/) }),
      );
    }
  });

  it('may have just the length that is read of it', () => {
    const room = MAX_MANIFEST_SIZE - serializeManifest({ ...MANIFEST, app: '' }).length;
    expect(serializeManifest({ ...MANIFEST, app: 'x'.repeat(room) })).toHaveLength(64 * 1024);
  });

  it('may have fields that are not known yet, which are ignored', () => {
    const later = changed({ compressedBy: 'zstd', __proto__x: 1, toString: 'x' });
    expect(parseManifest(KEY, later)).toStrictEqual(MANIFEST);
  });

  it.each(NULLABLE)('may say nothing of %s: null and absent are the same', (field) => {
    const expected = { ...MANIFEST, [field]: null };
    expect(parseManifest(KEY, changed({ [field]: null }))).toStrictEqual(expected);
    expect(parseManifest(KEY, changed({ [field]: undefined }))).toStrictEqual(expected);
  });

  it('may have an empty name of the backup', () => {
    expect(parseManifest(KEY, changed({ backupName: '' })).backupName).toBe('');
  });

  const text = [undefined, null, 5, '', ['x'], {}];
  const time = [
    undefined,
    null,
    1_535_850_000_000,
    '',
    '2018',
    'yesterday',
    '2018-09-02',
    '2 Sep 2018 01:00 UTC',
  ];
  const times = [...time, '2018-09-02T01:00:00', '2018-13-02T01:00:00Z', '2018-02-30T01:00:00Z'];
  const count = [undefined, null, '5', 0, -1, 1.5, 2 ** 53, true];
  const nullable = [5, true, ['x'], {}];
  const checksum = MANIFEST.checksum;
  const broken: Record<Exclude<keyof Manifest, 'version'>, unknown[]> = {
    database: text,
    addonId: text,
    databaseId: text,
    app: nullable,
    backupId: text,
    backupName: [undefined, null, 5, ['x']],
    method: nullable,
    createdAt: times,
    archivedAt: times,
    key: text,
    size: count,
    checksum: [
      ...[undefined, null, 'y/Q5Jg==', [], {}],
      { ...checksum, algorithm: 'MD5' },
      { ...checksum, algorithm: undefined },
      { ...checksum, value: '' },
      { ...checksum, value: 5 },
      { ...checksum, kind: 'FULL_OBJECT' },
      { ...checksum, kind: undefined },
    ],
    proof: [undefined, null, '', 'trust-me', 'PART-MD5', ['read-back']],
    parts: count,
    partSize: count,
    etag: nullable,
    versionId: nullable,
    engine: nullable,
    engineVersion: nullable,
    archiver: text,
  };

  it.each(
    Object.entries(broken).flatMap(([field, values]) => values.map((value) => [field, value] as const)),
  )('is refused for its %s being %j, which is named', (field, value) => {
    const error = refusal(changed({ [field]: value }));
    expect(error.code).toBe('manifest.invalid');
    expect(error.message).toContain(`"${field}"`);
    expect(error.message).toContain(KEY);
    expect(error.details).toMatchObject({ key: KEY });
    expect(error.hint).toContain('Nothing of this archive is touched');
  });

  it('names every field that it has', () => {
    expect(['version', ...Object.keys(broken)]).toEqual(Object.keys(MANIFEST));
  });
});

describe('the version of a manifest', () => {
  it.each([2, 3, 1000])(
    '%i is newer than this program: it says to update, and not to remove a good manifest',
    (version) => {
      // A newer layout may have none of today's fields.
      for (const text of [changed({ version }), JSON.stringify({ version, everything: 'else' })]) {
        const error = refusal(text);
        expect(error.code).toBe('manifest.invalid');
        expect(error.message).toContain(`version ${version}`);
        expect(error.message).toContain(KEY);
        expect(error.hint).toMatch(/newer/i);
        expect(error.hint).not.toMatch(/remove/i);
      }
    },
  );

  it.each([undefined, null, 0, -1, 1.5, '1', '2', [1], true, { toString: 1 }])('%j is none', (version) => {
    const error = refusal(changed({ version }));
    expect(error.code).toBe('manifest.invalid');
    expect(error.message).toContain('"version"');
    expect(error.message).not.toContain('version 1 is not 1');
  });
});

describe('what is no manifest at all', () => {
  it.each([
    ['', 'not JSON'],
    ['<Error><Code>NoSuchKey</Code></Error>', 'not JSON'],
    [serializeManifest(MANIFEST).slice(0, -3), 'not JSON'],
    ['null', 'not an object'],
    ['"text"', 'not an object'],
    ['5', 'not an object'],
    ['[]', 'not an object'],
    [`[${serializeManifest(MANIFEST)}]`, 'not an object'],
  ])('%j: it is %s', (text, why) => {
    const error = refusal(text);
    expect(error.code).toBe('manifest.invalid');
    expect(error.message).toContain(why);
    expect(error.message).toContain(KEY);
    expect(error.hint).toBeDefined();
  });

  it('is always refused by the one error, whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const error = refusal(JSON.stringify(value));
        expect(error.code).toBe('manifest.invalid');
        expect(error.message.length).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
  });
});
