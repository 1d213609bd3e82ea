import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  archiveKey,
  assertReadable,
  DATABASE_NAME,
  databaseFolder,
  formatStamp,
  isBackupId,
  lockKey,
  manifestKey,
  normalizePrefix,
  parseKey,
  parseStamp,
  policyKey,
} from '../../src/model/archive-key.ts';

const ID = {
  database: 'shop-db',
  createdAt: new Date('2018-09-02T03:00:00.178+02:00'),
  backupId: '5b8b36104ffb090be1ac3ce1',
};
const STEM = 'shop-db/2018-09-02T01-00-00Z_5b8b36104ffb090be1ac3ce1';

const prefixes = fc
  .array(fc.stringMatching(/^[A-Za-z0-9._-]{1,8}$/), { maxLength: 3 })
  .map((segments) => segments.map((segment) => `${segment}/`).join(''));
const identities = fc.record({
  database: fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/),
  createdAt: fc.date({
    noInvalidDate: true,
    min: new Date('0000-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
  }),
  backupId: fc.stringMatching(/^[A-Za-z0-9-]{1,36}$/),
});

describe('the keys of an archive', () => {
  it('are those that users rely on', () => {
    expect(archiveKey('', ID)).toBe(`${STEM}.tar.gz`);
    expect(archiveKey('team/prod/', ID)).toBe(`team/prod/${STEM}.tar.gz`);
    expect(manifestKey('team/prod/', ID)).toBe(`team/prod/${STEM}.manifest.json`);
    expect(lockKey('team/prod/', 'shop-db')).toBe('team/prod/.locks/shop-db.json');
    expect(policyKey('team/prod/', 'shop-db')).toBe('team/prod/.locks/shop-db/retention.json');
    expect(databaseFolder('team/prod/', 'shop-db')).toBe('team/prod/shop-db/');
  });

  it('read back as what they were made of, to the second', () => {
    fc.assert(
      fc.property(prefixes, identities, (prefix, id) => {
        const read = { ...id, createdAt: new Date(Math.floor(id.createdAt.getTime() / 1000) * 1000) };
        expect(parseKey(prefix, archiveKey(prefix, id))).toEqual({ kind: 'archive', ...read });
        expect(parseKey(prefix, manifestKey(prefix, id))).toEqual({ kind: 'manifest', ...read });
        expect(parseKey(prefix, lockKey(prefix, id.database))).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('sort by time within a database', () => {
    fc.assert(
      fc.property(identities, identities, (a, b) => {
        const [keyA, keyB] = [archiveKey('p/', { ...b, createdAt: a.createdAt }), archiveKey('p/', b)];
        const [secondA, secondB] = [a, b].map(({ createdAt }) => Math.floor(createdAt.getTime() / 1000));
        expect(Math.sign(Number(keyA > keyB) - Number(keyA < keyB))).toBe(
          Math.sign(Number(secondA) - Number(secondB)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('are the only ones taken for ours: whatever is read would be written the same', () => {
    // Each piece is more often right than not, so that a key is seldom wrong in more than one.
    const piece = (right: string, ...wrong: string[]) =>
      fc.oneof(
        { weight: 5, arbitrary: fc.constant(right) },
        { weight: 1, arbitrary: fc.constantFrom(...wrong) },
      );
    const near = fc
      .tuple(
        piece('p/', 'p//', '', '/p/', 'P/', 'p/q/'),
        piece('db', 'Db', '.locks', '', '-db', 'db/db', '..', 'd b'),
        piece('/', '', '//'),
        piece('2018-09-02T01-00-00Z', '2018-09-02T01:00:00Z', '2018-13-02T01-00-00Z', '2018-9-2', ''),
        piece('_', '__', '', '-'),
        piece('5b8b', '5b_8b', '', 'é', '5b.8b'),
        piece('.tar.gz', '.manifest.json', '.tar', '.TAR.GZ', '.tar.gz.tar.gz', '.tar.gz/', '.tar.gz/x', ''),
      )
      .map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), (key) => {
        const parsed = parseKey('p/', key);
        if (parsed === undefined) return;
        expect((parsed.kind === 'archive' ? archiveKey : manifestKey)('p/', parsed)).toBe(key);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['another prefix', `q/${STEM}.tar.gz`],
    ['no prefix', `${STEM}.tar.gz`],
    ['one folder deeper', `p/x/${STEM}.tar.gz`],
    ['a folder that is named as an archive', `p/${STEM}.tar.gz/`],
    ['what lies in such a folder', `p/${STEM}.tar.gz/x`],
    ['a lease', 'p/.locks/shop-db.json'],
    ['a folder marker', 'p/shop-db/'],
    ['another suffix', `p/${STEM}.zip`],
    ['an archive of an archive', `p/${STEM}.tar.gz.tar.gz`],
    ['a name in capitals', `p/Shop-db/${STEM.slice(8)}.tar.gz`],
    ['no database', `p//${STEM.slice(8)}.tar.gz`],
    ['no id', 'p/shop-db/2018-09-02T01-00-00Z_.tar.gz'],
    ['no time', 'p/shop-db/_5b8b.tar.gz'],
    ['no underscore', 'p/shop-db/2018-09-02T01-00-00Z.tar.gz'],
    ['an id with an underscore', 'p/shop-db/2018-09-02T01-00-00Z_5b_8b.tar.gz'],
    ['the 31st of February', 'p/shop-db/2018-02-31T01-00-00Z_5b8b.tar.gz'],
    ['a line break at its end', `p/${STEM}.tar.gz\n`],
    ['a line break in the id', 'p/shop-db/2018-09-02T01-00-00Z_5b8b\n.tar.gz'],
  ])('leave %s alone', (_, key) => {
    expect(parseKey('p/', `p/${STEM}.tar.gz`)).toBeDefined();
    expect(parseKey('p/', key)).toBeUndefined();
  });
});

describe('a stamp', () => {
  it.each([
    ['2018-09-02T03:00:00.178+02:00', '2018-09-02T01-00-00Z'],
    ['2018-09-02T00:59:59.999Z', '2018-09-02T00-59-59Z'],
    ['2024-02-29T12:00:00Z', '2024-02-29T12-00-00Z'],
    ['1969-12-31T23:59:59.999Z', '1969-12-31T23-59-59Z'],
  ])('of %s is %s', (time, stamp) => {
    expect(formatStamp(new Date(time))).toBe(stamp);
    expect(parseStamp(stamp)?.getTime()).toBe(Math.floor(Date.parse(time) / 1000) * 1000);
  });

  it.each([
    '2018-09-02T01:00:00Z',
    '2018-09-02T01-00-00',
    '2018-09-02T01-00-00z',
    '2018-09-02T24-00-00Z',
    '2018-09-02T23-60-00Z',
    '2016-12-31T23-59-60Z',
    '2018-02-29T01-00-00Z',
    '2018-13-01T01-00-00Z',
    '2018-00-01T01-00-00Z',
    '2018-09-02T01-00-00.000Z',
    ' 2018-09-02T01-00-00Z',
    '',
  ])('"%s" is none', (text) => {
    expect(parseStamp(text)).toBeUndefined();
  });
});

describe('a prefix', () => {
  it.each([
    ['', ''],
    ['/', ''],
    ['///', ''],
    ['backups', 'backups/'],
    ['backups/', 'backups/'],
    ['/backups//', 'backups/'],
    ['team/prod', 'team/prod/'],
  ])('written "%s" is used as "%s"', (written, used) => {
    expect(normalizePrefix(written)).toBe(used);
    expect(normalizePrefix(used)).toBe(used);
  });
});

describe('names and ids that can stand in a key', () => {
  it.each(['a', '0', 'shop-db', 'shop.db_2', 'a..b'])('%s is a name', (name) => {
    expect(DATABASE_NAME.test(name)).toBe(true);
  });

  it.each(['', '.locks', '..', '-a', '_a', 'Shop', 'a/b', 'a b', 'é', 'a\n'])('"%s" is none', (name) => {
    expect(DATABASE_NAME.test(name)).toBe(false);
  });

  it.each([
    ['5b8b36104ffb090be1ac3ce1', true],
    ['AD-1', true],
    ['', false],
    ['a_b', false],
    ['a/b', false],
    ['../x', false],
    ['a\n', false],
  ])('an id "%s": %s', (id, fits) => {
    expect(isBackupId(id)).toBe(fits);
  });
});

describe('a key that is about to be written', () => {
  const KEY = archiveKey('p/', ID);

  it('is the one of the archive', () => {
    expect(assertReadable('p/', KEY, ID)).toBe(KEY);
  });

  it.each([
    ['another database', { ...ID, database: 'other' }],
    ['another backup', { ...ID, backupId: 'b2' }],
    ['another second', { ...ID, createdAt: new Date('2018-09-02T01:00:01Z') }],
  ])('is refused where it would be read back as that of %s', (_, id) => {
    expect(() => assertReadable('p/', KEY, id)).toThrow(
      expect.objectContaining({
        code: 'archive.unusable_key',
        message: `backup ${id.backupId} of ${id.database} cannot be archived: its key would not be read back`,
        hint: expect.stringContaining('no known form'),
      }),
    );
  });

  it('is refused where it would not be read back at all, and the id is not said at length', () => {
    const id = { ...ID, backupId: '_'.repeat(200) };
    expect(() => assertReadable('p/', archiveKey('p/', id), id)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^backup _{100} of shop-db cannot/) }),
    );
  });

  it('leaves room for the manifest beside it: 1,024 bytes, not letters', () => {
    const manifestBytes = Buffer.byteLength(manifestKey('', ID));
    const fits = `${'é'.repeat(10)}${'x'.repeat(1024 - manifestBytes - 21)}/`;
    expect(Buffer.byteLength(manifestKey(fits, ID))).toBe(1024);
    expect(assertReadable(fits, archiveKey(fits, ID), ID)).toBe(archiveKey(fits, ID));
    const longer = `x${fits}`;
    expect(() => assertReadable(longer, archiveKey(longer, ID), ID)).toThrow(/longer than 1024 bytes/);
  });
});
