import { describe, expect, it } from 'vitest';
import type { S3Options } from '../../../src/stores/s3/s3-options.ts';
import { aManifest } from './manifest-fixture.ts';
import { ARCHIVE, bytesOf, calm, KEY, MiB, PART, piecesOf, startStore } from './store-fixture.ts';

const SETTINGS: Partial<S3Options> = {
  storageClass: 'GLACIER_IR',
  sse: 'aws:kms',
  kmsKeyId: 'alias/archives',
  objectLock: { mode: 'COMPLIANCE', days: 10 },
  tags: { team: 'data & search', 'cost centre': 'ü=1' },
};
const HEADERS = {
  'x-amz-storage-class': 'GLACIER_IR',
  'x-amz-server-side-encryption': 'aws:kms',
  'x-amz-server-side-encryption-aws-kms-key-id': 'alias/archives',
  'x-amz-object-lock-mode': 'COMPLIANCE',
  'x-amz-object-lock-retain-until-date': '2026-01-11T00:00:00Z',
  'x-amz-tagging': 'team=data+%26+search&cost+centre=%C3%BC%3D1',
};
const SERVER = { objectLock: true, versioning: true };

describe('the settings of archives', () => {
  it.each([
    ['CreateMultipartUpload', bytesOf(2 * PART)],
    ['PutObject', bytesOf(MiB)],
  ] as const)('are sent with %s', async (operation, bytes) => {
    await using fixture = await startStore(SETTINGS, SERVER);
    await fixture.store.probe('shop', calm());
    await fixture.upload(piecesOf(bytes), { metadata: { 'backup-id': 'b1', archiver: '1.2.3' } });
    const asked = fixture.s3.requested({ operation, key: KEY });
    expect(asked.map(({ headers }) => headers)).toMatchObject([
      {
        ...HEADERS,
        'content-type': 'application/gzip',
        'x-amz-meta-backup-id': 'b1',
        'x-amz-meta-archiver': '1.2.3',
      },
    ]);
    const stored = await fixture.store.head(ARCHIVE, calm());
    expect(stored).toMatchObject({
      size: bytes.length,
      metadata: { 'backup-id': 'b1', archiver: '1.2.3' },
      lockedUntil: new Date('2026-01-11T00:00:00Z'),
      versionId: expect.any(String),
    });
  });

  it('are asked of the probe too: what would fail then fails before a backup is made', async () => {
    await using fixture = await startStore(SETTINGS, SERVER);
    await fixture.store.probe('shop', calm());
    const [asked] = fixture.s3.requested({ operation: 'CreateMultipartUpload' });
    expect(asked?.headers).toMatchObject(HEADERS);
    expect(fixture.s3.keys()).toEqual([]);
    expect(fixture.s3.uploads()).toEqual([]);
  });

  it('are not those of manifests and leases: a lease that nobody may delete would hold for ever', async () => {
    await using fixture = await startStore(SETTINGS, SERVER);
    const manifest = aManifest({ key: KEY });
    await fixture.store.writeManifest(manifest, calm());
    const lease = { holder: 'h', host: 'x', pid: 1, processTable: null, acquiredAt: '', renewedAt: '' };
    const etag = await fixture.store.leases.writeLease('shop', lease, undefined, calm());
    await fixture.store.leases.writeLease('shop', { ...lease, renewedAt: '1' }, etag, calm());
    const written = fixture.s3.requested({ operation: 'PutObject' });
    expect(written).toHaveLength(3);
    for (const { headers } of written) {
      for (const name of Object.keys(HEADERS)) expect(headers).not.toHaveProperty(name);
      expect(headers).toMatchObject({ 'content-type': 'application/json' });
    }
    expect(await fixture.store.readManifest(ARCHIVE, calm())).toEqual(manifest);
  });

  it('that are not set are not sent', async () => {
    await using fixture = await startStore();
    await fixture.upload(piecesOf(bytesOf(MiB)));
    const [asked] = fixture.s3.requested({ operation: 'PutObject' });
    for (const name of Object.keys(HEADERS)) expect(asked?.headers).not.toHaveProperty(name);
  });
});

describe('parts', () => {
  it('are neither hashed for a signature nor wrapped in chunks, and do not wait for a 100', async () => {
    await using fixture = await startStore();
    await fixture.store.probe('shop', calm());
    await fixture.upload(piecesOf(bytesOf(2 * PART)));
    const parts = fixture.s3.requested({ operation: 'UploadPart', key: KEY });
    expect(parts).toHaveLength(2);
    for (const { headers } of parts) {
      expect(headers['x-amz-content-sha256']).toBe('UNSIGNED-PAYLOAD');
      expect(headers['content-length']).toBe(String(PART));
      expect(headers['x-amz-checksum-crc32']).toMatch(/^[\w+/]{6}==$/);
      expect(headers).not.toHaveProperty('expect');
    }
  });

  it('of an archive of unknown size are big enough for one that nobody expects', async () => {
    await using fixture = await startStore({ partSize: undefined });
    const receipt = await fixture.upload(piecesOf(bytesOf(MiB)), { size: null });
    expect(receipt).toMatchObject({ partSize: 64 * MiB, parts: 1 });
    expect(receipt.partSize * 10_000).toBeGreaterThan(500 * 1024 * MiB);
  });

  it('are never more than the store allows', async () => {
    await using fixture = await startStore({ maxParts: 3, partSize: undefined });
    const bytes = bytesOf(26 * MiB);
    const receipt = await fixture.upload(piecesOf(bytes), { size: bytes.length });
    expect(receipt).toMatchObject({ partSize: 9 * MiB, parts: 3 });
  });

  it('held in memory are bounded, however slow the store', async () => {
    await using fixture = await startStore({ concurrency: 2 });
    const gate = Promise.withResolvers<void>();
    fixture.s3.fail({
      operation: 'UploadPart',
      fault: { kind: 'hold', until: gate.promise },
      times: Number.POSITIVE_INFINITY,
    });
    const bytes = bytesOf(8 * PART);
    let pulled = 0;
    const source = async function* () {
      for await (const piece of piecesOf(bytes)) {
        pulled += piece.length;
        yield piece;
      }
    };
    const upload = fixture.upload(source());
    await fixture.s3.seen({ operation: 'UploadPart' }, 2);
    // Whatever reads ahead has done so once nothing has been pulled for several turns.
    for (let before = -1; before !== pulled; ) {
      before = pulled;
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(pulled).toBeLessThanOrEqual(3 * PART + MiB);
    gate.resolve();
    expect(await upload).toMatchObject({ size: bytes.length, parts: 8 });
  });
});
