import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArchiveIdentity } from '../../src/model/archive-key.ts';
import { ArchiverError, StoreError } from '../../src/model/errors.ts';
import type { ArchiveStore } from '../../src/ports/archive-store.ts';
import type { LeaseStore } from '../../src/ports/lease.ts';
import { aManifest } from './s3/manifest-fixture.ts';

const MiB = 2 ** 20;
const calm = () => new AbortController().signal;

/** A store with an empty bucket, whose smallest part is 5 MiB. */
export interface StoreWorld {
  readonly store: ArchiveStore & { readonly leases: LeaseStore };
  /** Whether it ignores conditions on writes: then the last writer holds a lease. Default: it keeps them. */
  readonly ignoresConditions?: boolean;
  close(): Promise<void>;
}

/** What every store must do: what passes this can be plugged in. */
export function storeContract(name: string, start: () => Promise<StoreWorld>): void {
  describe(`the contract of a store: ${name}`, () => {
    let world: StoreWorld;
    let store: StoreWorld['store'];
    beforeAll(async () => {
      world = await start();
      store = world.store;
    }, 120_000);
    afterAll(() => world.close());

    it('can be written, and the probe leaves nothing behind', async () => {
      await store.requireBucket(calm());
      const { checksum, ...shown } = await store.probe('probed', calm());
      expect(shown).toEqual({ showsUploads: true });
      expect([null, 'CRC32', 'CRC64NVME', 'SHA256']).toContain(checksum);
      expect(await store.list('probed', calm())).toMatchObject({ archives: [], unproven: [], dangling: [] });
      expect(await store.listUploads('probed', calm())).toEqual([]);
    });

    it('keeps a body of unknown length, and shows it as unproven until it has its manifest', async () => {
      const archive = identity('unknown', 1);
      const bytes = bytesOf(6 * MiB + 3);
      const request = { archive, size: null, mustBeNew: true, metadata: { 'backup-id': 'x' } };
      const sent = await store.upload({ ...request, body: piecesOf(bytes) }, calm());
      expect(sent.size).toBe(bytes.length);
      const head = await store.head(archive, calm());
      expect(head).toMatchObject({ size: bytes.length, metadata: { 'backup-id': 'x' } });
      expect(await digestOf(await store.read(archive, calm()))).toBe(sha256(bytes));
      const range = { start: 1000, end: bytes.length - 1 };
      const piece = bytes.subarray(range.start, range.end);
      expect(await digestOf(await store.readRange(archive, range, calm()))).toBe(sha256(piece));

      expect(await store.list('unknown', calm())).toMatchObject({ archives: [], unproven: [archive] });
      expect(await store.readManifest(archive, calm())).toBeUndefined();
      const manifest = manifestOf(store, archive, bytes.length);
      await store.writeManifest(manifest, calm());
      expect(await store.readManifest(archive, calm())).toEqual(manifest);
      expect(await store.list('unknown', calm())).toMatchObject({ archives: [archive], unproven: [] });

      await store.deleteManifest(archive, calm());
      expect(await store.list('unknown', calm())).toMatchObject({ archives: [], unproven: [archive] });
      await store.deleteObject(archive, calm());
      expect(await store.head(archive, calm())).toBeUndefined();
    });

    it('keeps the parts of an upload that is left, and takes the rest of them later', async () => {
      const archive = identity('parts', 2);
      const size = 12 * MiB;
      const bytes = bytesOf(size);
      const partSize = 5 * MiB;
      const part = (number: number) => bytes.subarray((number - 1) * partSize, number * partSize);
      const request = { archive, mustBeNew: true, metadata: {} };
      const begun = await store.beginUpload(request, calm());
      for (const number of [3, 1]) {
        const body = part(number);
        expect(await begun.sendPart(number, body.length, piecesOf(body), calm())).toMatchObject({ number });
      }
      const [left] = await store.listUploads('parts', calm(), [archive]);
      expect(left).toMatchObject({ ...archive, key: store.keyOf(archive), uploadId: begun.uploadId });
      expect(await store.head(archive, calm())).toBeUndefined();

      const resumed = store.resumeUpload(left ?? never(), { mustBeNew: true });
      const found = await resumed.listParts(calm());
      expect(found.map(({ number }) => number)).toEqual([1, 3]);
      const second = await resumed.sendPart(2, partSize, piecesOf(part(2)), calm());
      const receipt = await resumed.complete([...found, second], partSize, calm());
      expect(receipt).toMatchObject({ size, parts: 3, partSize });
      expect(await store.head(archive, calm())).toMatchObject({ size });
      expect(await digestOf(await store.read(archive, calm()))).toBe(sha256(bytes));
      expect(await store.listUploads('parts', calm(), [archive])).toEqual([]);
    });

    it('aborts an upload, and one that is gone is none', async () => {
      const archive = identity('aborted', 3);
      const { uploadId } = await store.beginUpload({ archive, mustBeNew: true, metadata: {} }, calm());
      const upload = { key: store.keyOf(archive), uploadId };
      await store.abortUpload(upload, calm());
      await store.abortUpload(upload, calm());
      expect(await store.listUploads('aborted', calm(), [archive])).toEqual([]);
    });

    it('lists one database, or all of them, newest first', async () => {
      const archives = [4, 5].map((day) => identity('listed', day));
      for (const archive of archives) await store.writeManifest(manifestOf(store, archive, 10), calm());
      const { dangling } = await store.list('listed', calm());
      expect(dangling.map(({ createdAt }) => createdAt.getUTCDate())).toEqual([5, 4]);
      const all = await store.list(undefined, calm());
      expect(all.dangling.map(({ database }) => database)).toEqual(['listed', 'listed']);
    });

    it('remembers which policy was carried out', async () => {
      expect(await store.readPolicyRecord('policy', calm())).toBeUndefined();
      const carriedOutAt = '2026-01-01T03:00:00.000Z';
      const record = {
        version: 1,
        database: 'policy',
        addonId: 'a',
        policy: 'keepLast=1',
        carriedOutAt,
      } as const;
      await store.writePolicyRecord(record, calm());
      expect(await store.readPolicyRecord('policy', calm())).toEqual(record);
    });

    it('gives a lease to one, who may renew it, and takes it back', async () => {
      const { leases } = store;
      const lease = {
        holder: 'run-1',
        host: 'h',
        pid: 1,
        processTable: null,
        acquiredAt: '2026-01-01T03:00:00.000Z',
        renewedAt: '2026-01-01T03:00:00.000Z',
      };
      expect(await leases.readLease('held', calm())).toBeUndefined();
      const version = await leases.writeLease('held', lease, undefined, calm());
      const other = { ...lease, holder: 'run-2' };
      if (world.ignoresConditions === true) {
        await leases.writeLease('held', other, undefined, calm());
        expect(await leases.readLease('held', calm())).toMatchObject({ record: other });
        await leases.removeLease('held', calm());
        expect(await leases.readLease('held', calm())).toBeUndefined();
        return;
      }
      expect(await kindOf(leases.writeLease('held', other, undefined, calm()))).toBe('conflict');
      const renewed = { ...lease, renewedAt: '2026-01-01T03:00:10.000Z' };
      const next = await leases.writeLease('held', renewed, version, calm());
      expect(next).not.toBe(version);
      expect(await kindOf(leases.writeLease('held', other, version, calm()))).toBe('conflict');
      expect(await leases.readLease('held', calm())).toEqual({ record: renewed, version: next });
      await leases.removeLease('held', calm());
      expect(await leases.readLease('held', calm())).toBeUndefined();
    });

    it('ends a call at once when its signal is aborted', async () => {
      const reason = new Error('the run ends');
      await expect(store.list('any', AbortSignal.abort(reason))).rejects.toBe(reason);
      await expect(store.head(identity('any', 6), AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    it('names itself, and says why a read stalls', () => {
      expect(store.kind).not.toBe('');
      const error = store.readStalled(identity('any', 7), 'gave no byte');
      expect(error).toBeInstanceOf(StoreError);
      expect(error.message).toContain('gave no byte');
      expect(error.retryable).toBe(true);
    });
  });
}

function identity(database: string, day: number): ArchiveIdentity {
  return { database, createdAt: new Date(Date.UTC(2026, 0, day, 3)), backupId: `backup-${day}` };
}

function manifestOf(store: ArchiveStore, archive: ArchiveIdentity, size: number) {
  const { database, backupId, createdAt } = archive;
  const key = store.keyOf(archive);
  return aManifest({ database, backupId, createdAt: createdAt.toISOString(), key, size });
}

function bytesOf(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4096) bytes.writeUInt32LE(at, at);
  return bytes;
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 256 * 1024) yield bytes.subarray(at, at + 256 * 1024);
}

async function digestOf(body: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of body) hash.update(chunk);
  return hash.digest('hex');
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function kindOf(promise: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ArchiverError) return error.kind;
  throw new Error(`expected an ArchiverError, got ${String(error)}`);
}

function never(): never {
  throw new Error('there is no unfinished upload');
}
