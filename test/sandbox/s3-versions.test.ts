import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { base64Crc32, outcome } from './s3-client.ts';
import { Multipart } from './s3-multipart.ts';
import { BUCKET, startSandboxStore } from './s3-sandbox.ts';

const DAY = 86_400_000;
const put = (body: string, extra: Partial<PutObjectCommandInput> = {}) =>
  new PutObjectCommand({ Bucket: BUCKET, Key: 'key', Body: body, ...extra });
const remove = (extra: { VersionId?: string | undefined; BypassGovernanceRetention?: boolean } = {}) =>
  new DeleteObjectCommand({ Bucket: BUCKET, Key: 'key', ...extra });
const get = (VersionId?: string) => new GetObjectCommand({ Bucket: BUCKET, Key: 'key', VersionId });

describe('versioned buckets', () => {
  test('older versions stay, a delete leaves a marker, and the marker can be taken back', async () => {
    await using store = await startSandboxStore({ versioning: true });
    const { s3, client } = store;
    const first = await client.send(put('one'));
    const second = await client.send(put('two'));
    expect(first.VersionId).toBeDefined();
    expect(second.VersionId).not.toBe(first.VersionId);
    const read = async (version?: string) => (await client.send(get(version))).Body?.transformToString();
    expect(await read()).toBe('two');
    expect(await read(first.VersionId)).toBe('one');

    const marker = await client.send(remove());
    expect(marker).toMatchObject({ DeleteMarker: true, VersionId: expect.any(String) });
    expect(await outcome(client.send(get()))).toBe('NoSuchKey');
    expect(s3.keys()).toEqual([]);
    expect(await read(second.VersionId)).toBe('two');
    await client.send(remove({ VersionId: marker.VersionId }));
    expect(await read()).toBe('two');
    await client.send(remove({ VersionId: second.VersionId }));
    expect(await read()).toBe('one');
    expect(await outcome(client.send(get('no-such-version')))).toBe('NoSuchVersion');
    expect((await client.send(new GetBucketVersioningCommand({ Bucket: BUCKET }))).Status).toBe('Enabled');
  });

  test('Complete names its version too', async () => {
    await using store = await startSandboxStore({ versioning: true });
    const upload = await Multipart.begin(store.client, BUCKET, 'key');
    const answer = await upload.complete([await upload.part(1, Buffer.from('x'))]);
    expect(answer.VersionId).toBe(store.s3.object('key')?.versionId);
    expect(answer.VersionId).toBeDefined();
  });
});

describe('Object Lock', () => {
  const until = new Date(Date.now() + DAY);
  const lock = {
    ObjectLockMode: 'GOVERNANCE',
    ObjectLockRetainUntilDate: until,
    ChecksumCRC32: base64Crc32(Buffer.from('x')),
  } as const;

  test('a bucket without it refuses the headers', async () => {
    await using store = await startSandboxStore();
    expect(await outcome(store.client.send(put('x', lock)))).toBe('InvalidRequest');
    expect(await outcome(Multipart.begin(store.client, BUCKET, 'key', lock))).toBe('InvalidRequest');
    const ask = new GetObjectLockConfigurationCommand({ Bucket: BUCKET });
    expect(await outcome(store.client.send(ask))).toBe('ObjectLockConfigurationNotFoundError');
  });

  test('what is locked was checked on arrival, and is shown as locked', async () => {
    await using store = await startSandboxStore({ objectLock: true });
    const { client } = store;
    expect(await outcome(client.send(put('x', { ...lock, ChecksumCRC32: undefined })))).toBe(
      'InvalidRequest',
    );
    await client.send(put('x', lock));
    const shown = await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'key' }));
    expect(shown.ObjectLockMode).toBe('GOVERNANCE');
    expect(shown.ObjectLockRetainUntilDate).toEqual(until);
    const { ChecksumCRC32: _, ...terms } = lock;
    const upload = await Multipart.begin(client, BUCKET, 'multi', { ...terms, ChecksumAlgorithm: 'CRC32' });
    expect(await outcome(upload.part(1, Buffer.from('x')))).toBe('InvalidRequest');
    const part = await upload.part(1, Buffer.from('x'), { ChecksumCRC32: lock.ChecksumCRC32 });
    await upload.complete([part]);
    expect(store.s3.object('multi')?.lock).toMatchObject({ mode: 'GOVERNANCE', until });
  });

  test('a lock needs both its headers and a date to come', async () => {
    await using store = await startSandboxStore({ objectLock: true });
    const past = { ...lock, ObjectLockRetainUntilDate: new Date(Date.now() - DAY) };
    expect(await outcome(store.client.send(put('x', past)))).toBe('InvalidArgument');
    const half = { ...lock, ObjectLockMode: undefined };
    expect(await outcome(store.client.send(put('x', half)))).toBe('InvalidArgument');
  });

  test('without versions a locked object cannot be deleted or overwritten until its time has come', async () => {
    let now = new Date();
    await using store = await startSandboxStore({ objectLock: true, now: () => now });
    const { s3, client } = store;
    await client.send(put('x', lock));
    expect(await outcome(client.send(remove()))).toBe('AccessDenied');
    expect(await outcome(client.send(put('y')))).toBe('AccessDenied');
    const many = new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects: [{ Key: 'key' }] } });
    expect((await client.send(many)).Errors).toMatchObject([{ Key: 'key', Code: 'AccessDenied' }]);
    expect(s3.keys()).toEqual(['key']);
    now = new Date(until.getTime() + 1);
    expect(await outcome(client.send(remove()))).toBe('done');
    expect(s3.keys()).toEqual([]);
  });

  test('with versions a plain delete leaves a marker; the version itself stays', async () => {
    await using store = await startSandboxStore({ objectLock: true, versioning: true });
    const { client } = store;
    const { VersionId } = await client.send(put('x', lock));
    expect(await outcome(client.send(remove()))).toBe('done');
    expect(await outcome(client.send(remove({ VersionId })))).toBe('AccessDenied');
    expect(await outcome(client.send(remove({ VersionId, BypassGovernanceRetention: true })))).toBe('done');
  });
});
