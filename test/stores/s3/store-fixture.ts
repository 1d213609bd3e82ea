import { expect } from 'vitest';
import type { SimulatedS3Options } from '../../../sandbox/s3/options.ts';
import type { SimulatedS3 } from '../../../sandbox/s3/simulated-s3.ts';
import type { UploadReceipt } from '../../../src/integrity/stored-object.ts';
import type { ArchiveIdentity } from '../../../src/model/archive-key.ts';
import type { UploadRequest } from '../../../src/ports/archive-store.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { StoreProfile } from '../../../src/stores/s3/capabilities/store-profile.ts';
import { S3ArchiveStore } from '../../../src/stores/s3/s3-archive-store.ts';
import type { S3Options } from '../../../src/stores/s3/s3-options.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { startSimulatedStore } from '../../support/simulated-store.ts';
import { storeOptions } from '../../support/store-options.ts';

export { calm, failureOf, rejectionOf } from '../../support/outcomes.ts';

export const BUCKET = 'archives';
export const MiB = 2 ** 20;
/** The smallest part that S3 allows: most of the tests here have several. */
export const PART = 5 * MiB;

export const ARCHIVE: ArchiveIdentity = {
  database: 'shop',
  createdAt: new Date('2026-01-01T03:00:00Z'),
  backupId: '5b8b36104ffb090be1ac3ce1',
};
export const KEY = 'shop/2026-01-01T03-00-00Z_5b8b36104ffb090be1ac3ce1.tar.gz';

export interface StoreFixture extends AsyncDisposable {
  readonly s3: SimulatedS3;
  readonly store: S3ArchiveStore;
  readonly clock: Clock;
  /** Uploads these bytes as `ARCHIVE`. */
  upload(body: AsyncIterable<Buffer>, more?: Partial<UploadRequest>): Promise<UploadReceipt>;
  /** Another store on the same server. */
  another(options: Partial<S3Options>): S3ArchiveStore;
}

/** A store that is taken for one that is documented to honour conditions: it does not look before it writes. */
export class DocumentedStore extends S3ArchiveStore {
  override get profile(): StoreProfile {
    return { ...super.profile, conditionalComplete: true };
  }
}

/** The sandbox's S3 server, and the store that talks to it. */
export async function startStore(
  options: Partial<S3Options> = {},
  server: Partial<SimulatedS3Options> = {},
  clock: Clock = new FakeClock({ auto: true }),
  Store: typeof S3ArchiveStore = S3ArchiveStore,
): Promise<StoreFixture> {
  const now = () => new Date(clock.now());
  const simulated = await startSimulatedStore({ now, ...server });
  const { s3 } = simulated;
  const stores: S3ArchiveStore[] = [];
  const another = (more: Partial<S3Options>) => {
    const store = new Store(storeOptions(s3, { partSize: PART, ...options, ...more }), clock);
    stores.push(store);
    return store;
  };
  const store = another({});
  return {
    s3,
    store,
    clock,
    another,
    upload: (body, more) =>
      store.upload(
        { archive: ARCHIVE, size: null, mustBeNew: true, metadata: {}, body, ...more },
        new AbortController().signal,
      ),
    async [Symbol.asyncDispose]() {
      for (const each of stores) each.close();
      await simulated.close();
    },
  };
}

/** The object under `KEY` has these bytes. (`toEqual` takes seconds over a few MiB.) */
export async function expectBytes({ s3 }: Pick<StoreFixture, 's3'>, bytes: Buffer, key = KEY): Promise<void> {
  const stored = await s3.read(key);
  expect({ size: stored.length, same: stored.equals(bytes) }).toEqual({ size: bytes.length, same: true });
}

/** `size` bytes that begin as gzip does, no two MiB alike. */
export function bytesOf(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE((at * 2_654_435_761) % 2 ** 32, at);
  bytes.set([0x1f, 0x8b, 0x08].slice(0, size));
  return bytes;
}

/** All bytes of a body, whose chunks are its reader's for a while only. */
export async function bytesIn(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The bytes in pieces, as a download gives them. */
export async function* piecesOf(bytes: Buffer, piece = 256 * 1024): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}

/** These bytes, and then nothing, neither a byte nor an end, until the reader leaves. */
export async function* standingStill(bytes: Buffer): AsyncGenerator<Buffer> {
  yield* piecesOf(bytes);
  await new Promise(() => {});
}

/** These bytes, and then the error. */
export async function* breaking(bytes: Buffer, error: unknown): AsyncGenerator<Buffer> {
  yield* piecesOf(bytes);
  throw error;
}
