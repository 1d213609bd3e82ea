import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type PutObjectCommandOutput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { retry } from '../../../concurrency/retry.ts';
import { type ChecksumAlgorithm, type ChecksumChoice, digestOf } from '../../../integrity/checksum.ts';
import { StoreError } from '../../../model/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { RequestOptions, S3Command } from '../client/call.ts';
import { COMPLETE_TIMEOUT, CONTROL_TIMEOUT, partTimeout } from '../client/deadlines.ts';
import { request } from '../client/request.ts';
import { checksumFields, checksumRequest, typeOf } from './checksum-fields.ts';
import { type CommitExtras, type CommitGuard, commitNew } from './commit-new.ts';
import { strongTag } from './part-check.ts';
import type { PartLedger } from './part-ledger.ts';

/** Of one part, each of several tries by the client itself. */
const PART_ATTEMPTS = 4;
const LONGEST_WAIT = 60_000;

export interface GuardOptions {
  readonly ledger: PartLedger;
  /** What the store takes of parts; `null`: no checksum is sent. */
  readonly checksum: ChecksumChoice | null;
  /** Whether the whole's may be sent to be checked. */
  readonly wholeConfirmed: boolean;
  /** What is computed of each part. */
  readonly algorithm: ChecksumAlgorithm;
  readonly clock: Clock;
  /** Ends every request of this upload but the one that begins it. */
  readonly signal: AbortSignal;
  /** Ends that one: cancelled for any lesser reason, it might begin an upload that is not known. */
  readonly beginSignal: AbortSignal;
  /** Called with the first error of any request: `Upload` itself would wait for a source that gives nothing. */
  readonly onFailure: (error: unknown) => void;
  /** Called when the multipart upload is asked for: settles with its UploadId, or with none if there is none. */
  readonly onCreate: (uploadId: Promise<string | undefined>) => void;
  /** How the request that makes the object is kept from overwriting one. */
  readonly commit: CommitGuard;
  /**
   * Called when Complete or PutObject failed, whose response may have been lost: returns the object's ETag
   * when the store holds it after all, else rethrows `error`.
   */
  readonly onCommitFailed: (error: unknown) => Promise<string>;
}

/**
 * The client that lib-storage's `Upload` is given: it sees every command and adds what `Upload` leaves
 * out: a checksum on each part and on the whole, a bound and a cancellation on each request, a look at what
 * each response says, and the question what a lost response meant.
 */
export function guardedClient(client: S3Client, options: GuardOptions): S3Client {
  const guard = new Guard(client, options);
  return Object.create(client, { send: { value: (command: S3Command) => guard.send(command) } }) as S3Client;
}

interface ObjectNames {
  readonly Bucket?: string | undefined;
  readonly Key?: string | undefined;
}

/** Sends the request that makes the object. */
type Commit<Output> = (extras: CommitExtras, options: RequestOptions) => Promise<Output>;

/** PutObject has its checksum with its bytes, and says nothing else of them. */
const NO_CLAIMS = { mayClaim: () => false };

class Guard {
  readonly #client: S3Client;
  readonly #options: GuardOptions;

  constructor(client: S3Client, options: GuardOptions) {
    this.#client = client;
    this.#options = options;
  }

  async send(command: S3Command): Promise<unknown> {
    try {
      if (command instanceof CreateMultipartUploadCommand) return await this.#create(command);
      if (command instanceof UploadPartCommand) return await this.#part(command);
      if (command instanceof PutObjectCommand) return await this.#put(command);
      if (command instanceof CompleteMultipartUploadCommand) return await this.#complete(command);
      throw new TypeError(`lib-storage sent ${command.constructor.name}, which the guard does not know`);
    } catch (error) {
      this.#options.onFailure(error);
      throw error;
    }
  }

  async #create(command: CreateMultipartUploadCommand) {
    Object.assign(command.input, checksumRequest(this.#options.checksum));
    const { signal, beginSignal, onCreate } = this.#options;
    signal.throwIfAborted();
    const { Bucket: bucket, Key: key } = command.input;
    const response = request(
      (options) => this.#client.send(command, options),
      `CreateMultipartUpload ${bucket}/${key}`,
      beginSignal,
      CONTROL_TIMEOUT,
    );
    onCreate(
      response.then(
        ({ UploadId: uploadId }) => uploadId,
        () => undefined,
      ),
    );
    return response;
  }

  async #part(command: UploadPartCommand) {
    const bytes = bufferOf(command.input.Body);
    const digest = digestOf(this.#options.algorithm, bytes);
    if (this.#options.checksum !== null) Object.assign(command.input, checksumFields(digest));
    const number = command.input.PartNumber ?? 0;
    return this.#retried(async () => {
      const response = await this.#request(
        command,
        `UploadPart ${number} of`,
        partTimeout(bytes.length),
        (options) => this.#client.send(command, options),
      );
      this.#options.ledger.confirm(number, bytes, digest, response);
      return response;
    });
  }

  /** The client has tried a few times; but all that was sent before depends on this part, and its bytes are here. */
  #retried<Output>(send: () => Promise<Output>): Promise<Output> {
    const { clock, signal } = this.#options;
    return retry(
      send,
      {
        attempts: PART_ATTEMPTS,
        mayPass: (error) => error instanceof StoreError && error.retryable,
        backoff: { clock, ms: (attempt) => Math.min(1000 * 2 ** (attempt - 1), LONGEST_WAIT) },
      },
      signal,
    );
  }

  async #put(command: PutObjectCommand) {
    const bytes = bufferOf(command.input.Body);
    const digest = digestOf(this.#options.algorithm, bytes);
    if (this.#options.checksum !== null) Object.assign(command.input, checksumFields(digest));
    try {
      return await this.#retried(async () => {
        const { input } = command;
        const send: Commit<PutObjectCommandOutput> = ({ IfNoneMatch }, options) =>
          this.#client.send(new PutObjectCommand({ ...input, IfNoneMatch }), options);
        const response = await this.#commit(input, 'PutObject', partTimeout(bytes.length), send, NO_CLAIMS);
        this.#options.ledger.confirm(1, bytes, digest, response);
        return response;
      });
    } catch (error) {
      // The response may be lost: this is what the store must show of these bytes, where its ETags are MD5s.
      this.#options.ledger.confirm(1, bytes, digest, { ETag: createHash('md5').update(bytes).digest('hex') });
      return { ETag: await this.#options.onCommitFailed(error) };
    }
  }

  async #complete(command: CompleteMultipartUploadCommand): Promise<CompleteMultipartUploadCommandOutput> {
    const { ledger, checksum, wholeConfirmed } = this.#options;
    const sent = ledger.receipt(0, 'multipart');
    const isWhole = checksum?.kind === 'full-object' && wholeConfirmed && sent.checksum !== null;
    const claims = {
      MpuObjectSize: sent.size,
      ...(isWhole ? { ...checksumFields(sent.checksum), ChecksumType: typeOf(checksum.kind) } : {}),
    };
    const { input } = command;
    for (const part of input.MultipartUpload?.Parts ?? []) part.ETag = `"${strongTag(part.ETag ?? '')}"`;
    try {
      return await this.#commit(input, 'CompleteMultipartUpload', COMPLETE_TIMEOUT, (extras, options) => {
        const claimed = extras.claims ? claims : {};
        const complete = { ...input, ...claimed, IfNoneMatch: extras.IfNoneMatch };
        return this.#client.send(new CompleteMultipartUploadCommand(complete), options);
      });
    } catch (error) {
      return { ETag: await this.#options.onCommitFailed(error), $metadata: {} };
    }
  }

  #commit<Output>(
    input: ObjectNames,
    operation: string,
    timeout: number,
    send: Commit<Output>,
    guard: Partial<CommitGuard> = {},
  ): Promise<Output> {
    const describe = `${operation} ${input.Bucket}/${input.Key}`;
    return commitNew(describe, { ...this.#options.commit, ...guard }, (extras) =>
      this.#request({ input }, operation, timeout, (options) => send(extras, options)),
    );
  }

  #request<Output>(
    command: { input: ObjectNames },
    operation: string,
    timeout: number,
    send: (options: RequestOptions) => Promise<Output>,
  ): Promise<Output> {
    const describe = `${operation} ${command.input.Bucket}/${command.input.Key}`;
    return request(send, describe, this.#options.signal, timeout);
  }
}

function bufferOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  throw new TypeError('lib-storage sent a part that is not a buffer');
}
