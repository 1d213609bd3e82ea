import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Bucket, type StoredObject, type Version } from './bucket.ts';
import type { SimulatedS3Options } from './options.ts';
import { S3Error } from './s3-error.ts';

const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PLAIN_SEGMENT = /^(?!\.{1,2}$)[\w.+=@, -]{1,200}$/;

/**
 * The buckets and their folder:
 *
 *     <folder>/<bucket>/<key>       current objects
 *     <folder>/.incoming/<n>        bodies on their way in, and uploads
 *     <folder>/.other/<hash>        older versions, and keys that cannot be paths
 */
export class Store {
  readonly folder: string;
  readonly versioning: boolean;
  readonly objectLock: boolean;
  readonly defaultRetention: SimulatedS3Options['defaultRetention'];
  readonly discard: boolean;
  readonly buckets = new Map<string, Bucket>();
  #ordinal = 0;
  #bytesIncoming = 0;

  private constructor(options: SimulatedS3Options) {
    this.folder = options.folder;
    this.versioning = options.versioning ?? false;
    this.objectLock = options.objectLock ?? options.defaultRetention !== undefined;
    this.defaultRetention = options.defaultRetention;
    this.discard = options.discard ?? false;
  }

  static async open(options: SimulatedS3Options): Promise<Store> {
    const store = new Store(options);
    await mkdir(join(store.folder, '.incoming'), { recursive: true });
    await mkdir(join(store.folder, '.other'), { recursive: true });
    return store;
  }

  async createBucket(name: string, now: Date): Promise<Bucket> {
    if (!BUCKET_NAME.test(name)) throw new S3Error('InvalidBucketName', { fields: { BucketName: name } });
    if (this.buckets.has(name)) {
      throw new S3Error('BucketAlreadyOwnedByYou', { fields: { BucketName: name } });
    }
    const bucket = new Bucket(name, now);
    this.buckets.set(name, bucket);
    await mkdir(join(this.folder, name), { recursive: true });
    return bucket;
  }

  /** @throws S3Error `NoSuchBucket` */
  bucket(name: string | undefined): Bucket {
    const bucket = this.buckets.get(name ?? '');
    if (bucket === undefined) throw new S3Error('NoSuchBucket', { fields: { BucketName: name ?? '' } });
    return bucket;
  }

  /** Counts up: for names and for the order of what happened. */
  nextOrdinal(): number {
    this.#ordinal += 1;
    return this.#ordinal;
  }

  /** A path that nobody else uses. */
  incomingPath(): string {
    return join(this.folder, '.incoming', String(this.nextOrdinal()));
  }

  newVersionId(): string | undefined {
    return this.versioning ? randomBytes(16).toString('base64url') : undefined;
  }

  /** Bytes of all objects and parts, and of the bodies on their way in. */
  bytesUsed(): number {
    let bytes = this.#bytesIncoming;
    for (const bucket of this.buckets.values()) {
      for (const version of bucket.allVersions()) bytes += version.object?.size ?? 0;
      for (const upload of bucket.uploads.values()) {
        for (const part of upload.parts.values()) bytes += part.size;
      }
    }
    return bytes;
  }

  /** Counts a body that is about to be received, until it is disposed of. */
  expectBytes(bytes: number): Disposable {
    this.#bytesIncoming += bytes;
    return {
      [Symbol.dispose]: () => {
        this.#bytesIncoming -= bytes;
      },
    };
  }

  /**
   * Makes a received file the key's current object. Must run inside `bucket.exclusive(key)`.
   * @param source a file in `.incoming`, or `undefined` when the bytes were discarded
   */
  async publish(
    bucket: Bucket,
    object: Omit<StoredObject, 'blob'>,
    source: string | undefined,
  ): Promise<StoredObject> {
    if (this.versioning) await this.#setAside(bucket, object.key);
    const published: StoredObject = {
      ...object,
      blob:
        source === undefined
          ? { kind: 'zeros' }
          : { kind: 'file', path: await this.#place(source, bucket.name, object.key) },
    };
    const replaced = bucket.add(
      object.key,
      { versionId: object.versionId, object: published },
      this.versioning,
    );
    await this.forget(replaced, published);
    return published;
  }

  /** Removes the files of versions that are no more, unless `kept` lies on the same path. */
  async forget(versions: readonly Version[], kept?: StoredObject): Promise<void> {
    const keptPath = kept?.blob.kind === 'file' ? kept.blob.path : undefined;
    for (const { object } of versions) {
      if (object?.blob.kind === 'file' && object.blob.path !== keptPath) {
        await rm(object.blob.path, { force: true });
      }
    }
  }

  /** Moves the current object's file away from the path that its successor will take. */
  async #setAside(bucket: Bucket, key: string): Promise<void> {
    const before = bucket.current(key);
    if (before?.blob.kind !== 'file') return;
    const path = join(this.folder, '.other', `${this.nextOrdinal()}`);
    await rename(before.blob.path, path);
    const moved: StoredObject = { ...before, blob: { kind: 'file', path } };
    bucket.replace(key, before, moved);
  }

  /** The key's own path where it can be one (`a` and `a/b` cannot both), else one by its hash. */
  async #place(source: string, bucket: string, key: string): Promise<string> {
    const segments = key.split('/');
    if (segments.every((segment) => PLAIN_SEGMENT.test(segment))) {
      const path = join(this.folder, bucket, ...segments);
      try {
        await mkdir(dirname(path), { recursive: true });
        await rename(source, path);
        return path;
      } catch (error) {
        if (!isObstructed(error)) throw error;
      }
    }
    const path = join(this.folder, '.other', createHash('sha256').update(`${bucket}/${key}`).digest('hex'));
    await rename(source, path);
    return path;
  }
}

function isObstructed(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOTDIR' || code === 'EEXIST' || code === 'EISDIR' || code === 'ENOTEMPTY';
}

/** Flips the lowest bit of one byte of a file. */
export async function flipBit(path: string, atByte: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    const { bytesRead } = await handle.read(byte, 0, 1, atByte);
    if (bytesRead !== 1) throw new Error(`${path} has no byte ${atByte}`);
    byte[0] = (byte[0] ?? 0) ^ 1;
    await handle.write(byte, 0, 1, atByte);
  } finally {
    await handle.close();
  }
}
