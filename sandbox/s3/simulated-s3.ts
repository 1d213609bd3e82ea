import { createHash, randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ArchiveSource } from '../archive/archive-source.ts';
import type { StoredObject } from './bucket.ts';
import { FailureScripts, type FailureSpec, type ScriptedFailure } from './failures.ts';
import { inspectObject, inspectUpload } from './inspect.ts';
import {
  DEFAULT_QUIRKS,
  type InspectedObject,
  type InspectedUpload,
  type RecordedRequest,
  type RequestFilter,
  type SimulatedS3Options,
  type StoreQuirks,
} from './options.ts';
import { RequestLog } from './request-log.ts';
import { type Service, serve } from './serve.ts';
import type { Credentials } from './signature.ts';
import { flipBit, Store } from './store.ts';

export const DEFAULT_ACCESS_KEY_ID = 'AKIASANDBOX0EXAMPLE';
export const DEFAULT_SECRET_ACCESS_KEY = 'sandbox-secret-access-key';

export interface SeedOptions {
  readonly bucket?: string;
  readonly lastModified?: Date;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A small S3 server on 127.0.0.1 that streams to a folder: for demonstrations and tests. It behaves as
 * AWS documents, unless its quirks or a scripted failure say otherwise. Use it with path-style addresses.
 */
export class SimulatedS3 implements AsyncDisposable {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** May be changed at any time; takes effect with the next request. */
  readonly quirks: StoreQuirks;
  readonly #options: SimulatedS3Options;
  readonly #store: Store;
  readonly #failures = new FailureScripts();
  readonly #log = new RequestLog();
  readonly #server: Server;
  readonly #inFlight = new Set<Promise<void>>();
  #port = 0;

  private constructor(options: SimulatedS3Options, store: Store) {
    this.#options = options;
    this.#store = store;
    this.region = options.region ?? 'us-east-1';
    this.accessKeyId = options.accessKeyId ?? DEFAULT_ACCESS_KEY_ID;
    this.secretAccessKey = options.secretAccessKey ?? DEFAULT_SECRET_ACCESS_KEY;
    this.quirks = { ...DEFAULT_QUIRKS, ...options.quirks };
    const credentials: Credentials = {
      accessKeyId: this.accessKeyId,
      secretAccessKey: this.secretAccessKey,
      sessionToken: options.sessionToken,
      region: this.region,
    };
    const service: Service = {
      store,
      credentials,
      quirks: this.quirks,
      failures: this.#failures,
      log: this.#log,
      now: () => this.#now(),
      signatureTime: options.signatureTime === 'now' ? () => this.#now().getTime() : () => Date.now(),
      endpoint: () => this.endpoint,
    };
    const listener: RequestListener = (request, response) => {
      const served = serve(service, request, response).finally(() => this.#inFlight.delete(served));
      this.#inFlight.add(served);
    };
    this.#server =
      options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
    // The body of a request that is to be refused is never asked for; see `serve`.
    this.#server.on('checkContinue', listener);
    // A part may take its time, and a scripted hang all of it.
    this.#server.requestTimeout = 0;
    this.#server.headersTimeout = 0;
  }

  static async start(options: SimulatedS3Options): Promise<SimulatedS3> {
    const store = await Store.open(options);
    const s3 = new SimulatedS3(options, store);
    for (const bucket of options.buckets ?? []) await store.createBucket(bucket, s3.#now());
    await s3.listen(options.port ?? 0);
    return s3;
  }

  /** `http://127.0.0.1:<port>` */
  get endpoint(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.#port}`;
  }

  /** Listens again after `stopListening`, by default on the same port; all that was stored is still there. */
  async listen(port: number = this.#port): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('SimulatedS3 has no port');
    this.#port = address.port;
  }

  /** Cuts every connection and refuses new ones, as a store that is down. */
  async stopListening(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
    await Promise.allSettled(this.#inFlight);
  }

  /** Stops for good. The folder stays. */
  close(): Promise<void> {
    return this.stopListening();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Scripts a failure for requests to come. */
  fail(spec: FailureSpec): ScriptedFailure {
    return this.#failures.add(spec);
  }

  /** Every request so far, oldest first. */
  get requests(): readonly RecordedRequest[] {
    return this.#log.requests;
  }

  /** Those requests that the filter means, oldest first. */
  requested(filter: RequestFilter): RecordedRequest[] {
    return this.#log.matching(filter);
  }

  /** Resolves when the `count`-th matching request since the start has arrived: at once if it has. */
  seen(filter: RequestFilter, count = 1): Promise<RecordedRequest> {
    return this.#log.seen(filter, count);
  }

  /** Keys of the current objects, sorted. */
  keys(bucket?: string): string[] {
    return [...this.#store.bucket(this.#bucketName(bucket)).sortedKeys()];
  }

  /** Keys of all versions and delete markers, sorted: one that has several is there as often. */
  versions(bucket?: string): string[] {
    return [...this.#store.bucket(this.#bucketName(bucket)).versionsBelow('')].map(({ key }) => key);
  }

  object(key: string, bucket?: string): InspectedObject | undefined {
    const name = this.#bucketName(bucket);
    const object = this.#store.bucket(name).current(key);
    return object === undefined ? undefined : inspectObject(name, object);
  }

  /** Multipart uploads that were neither completed nor aborted, oldest first. */
  uploads(bucket?: string): InspectedUpload[] {
    const name = this.#bucketName(bucket);
    return [...this.#store.bucket(name).uploads.values()].map((upload) => inspectUpload(name, upload));
  }

  /** The stored bytes. @throws Error when there is no such object */
  async read(key: string, bucket?: string): Promise<Buffer> {
    const object = this.#existing(key, bucket);
    if (object.blob.kind === 'file') return await readFile(object.blob.path);
    return object.blob.kind === 'memory' ? object.blob.bytes : Buffer.alloc(object.size);
  }

  /**
   * Puts an object there without a request, in memory. A number is a size: the object then reads as
   * zeros, and its ETag is none of them. That of an archive is as of an upload in parts: no MD5.
   */
  put(
    key: string,
    body: Buffer | string | number | ArchiveSource,
    options: SeedOptions = {},
  ): InspectedObject {
    const name = this.#bucketName(options.bucket);
    const { size, etag, blob } = seedOf(body);
    const object: StoredObject = {
      key,
      size,
      etag,
      lastModified: options.lastModified ?? this.#now(),
      versionId: this.#store.newVersionId(),
      checksum: undefined,
      partSizes: [size],
      headers: {},
      metadata: options.metadata ?? {},
      lock: undefined,
      blob,
    };
    this.#store.bucket(name).add(key, { versionId: object.versionId, object }, this.#store.versioning);
    return inspectObject(name, object);
  }

  /** Loses an object and all its versions, without a request. */
  async lose(key: string, bucket?: string): Promise<void> {
    const object = this.#existing(key, bucket);
    this.#store.bucket(this.#bucketName(bucket)).remove(key);
    if (object.blob.kind === 'file') await rm(object.blob.path, { force: true });
  }

  /** Flips a bit of a stored object. The checksums that the store shows stay as they were. */
  async corrupt(key: string, atByte = 0, bucket?: string): Promise<void> {
    const { blob } = this.#existing(key, bucket);
    if (blob.kind === 'file') await flipBit(blob.path, atByte);
    else if (blob.kind === 'memory') blob.bytes[atByte] = (blob.bytes[atByte] ?? 0) ^ 1;
    else throw new Error(`the bytes of ${key} are not kept`);
  }

  #existing(key: string, bucket?: string): StoredObject {
    const object = this.#store.bucket(this.#bucketName(bucket)).current(key);
    if (object === undefined) throw new Error(`there is no object ${key}`);
    return object;
  }

  #bucketName(bucket: string | undefined): string {
    const name = bucket ?? this.#options.buckets?.[0];
    if (name === undefined) throw new Error('name a bucket: this server was started without any');
    return name;
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }
}

function seedOf(
  body: Buffer | string | number | ArchiveSource,
): Pick<StoredObject, 'size' | 'etag' | 'blob'> {
  const md5 = (data: Buffer | string) => createHash('md5').update(data).digest('hex');
  if (typeof body === 'number') {
    return { size: body, etag: randomBytes(16).toString('hex'), blob: { kind: 'zeros' } };
  }
  if (typeof body === 'object' && 'validator' in body) {
    return { size: body.size, etag: `${md5(body.validator)}-2`, blob: { kind: 'archive', source: body } };
  }
  const bytes = Buffer.from(body);
  return { size: bytes.length, etag: md5(bytes), blob: { kind: 'memory', bytes } };
}
