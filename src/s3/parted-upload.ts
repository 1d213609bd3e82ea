import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  ListPartsCommand,
  type Part,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { PartedUpload, StoredObject, StoredPart, UploadReceipt } from '../domain/archive-store.ts';
import { encodeCrc32 } from '../domain/crc32.ts';
import { StoreError } from '../domain/errors.ts';
import { receiptOf } from '../domain/upload-receipt.ts';
import { COMPLETE_TIMEOUT } from './deadlines.ts';
import { lookAfterLostCommit } from './lost-commit.ts';
import { unquote } from './part-check.ts';
import { request } from './request.ts';
import { type PartTarget, sendPart } from './send-part.ts';

export interface PartedTarget extends PartTarget {
  /** Refuse to complete where an object is there already. */
  readonly mustBeNew: boolean;
  /** What the store holds at the key now. */
  readonly head: (signal: AbortSignal) => Promise<StoredObject | undefined>;
}

/** One multipart upload whose parts are streamed in any order (UploadPart, ListParts, Complete). */
export class S3PartedUpload implements PartedUpload {
  readonly #client: S3Client;
  #target: PartedTarget;

  constructor(client: S3Client, target: PartedTarget) {
    this.#client = client;
    this.#target = target;
  }

  get uploadId(): string {
    return this.#target.uploadId;
  }

  sendPart(
    number: number,
    size: number,
    body: AsyncIterable<Buffer>,
    signal: AbortSignal,
  ): Promise<StoredPart> {
    return sendPart(this.#client, this.#target, { number, size, body }, signal);
  }

  /** Also learns how it was begun: without checksums, it takes none now ("Checksum Type mismatch"). */
  async listParts(signal: AbortSignal): Promise<StoredPart[]> {
    const parts: StoredPart[] = [];
    let marker: string | undefined;
    do {
      const page = await request(
        (options) =>
          this.#client.send(
            new ListPartsCommand({
              ...this.#names,
              ...(marker === undefined ? {} : { PartNumberMarker: marker }),
            }),
            options,
          ),
        this.#describe('ListParts'),
        signal,
      );
      for (const part of page.Parts ?? []) parts.push(this.#toStoredPart(part));
      const next = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
      if (page.IsTruncated === true && (next === undefined || next === marker)) {
        throw new StoreError(
          's3.bad_listing',
          `${this.#describe('ListParts')}: a page does not say where the next begins`,
          {
            operation: 'ListParts',
          },
        );
      }
      marker = next;
    } while (marker !== undefined);
    const keepsChecksums = parts.length === 0 || parts.some(({ crc }) => crc !== null);
    if (!keepsChecksums) this.#target = { ...this.#target, checksumTrailer: false };
    return parts.sort((a, b) => a.number - b.number);
  }

  async complete(
    parts: readonly StoredPart[],
    partSize: number,
    signal: AbortSignal,
  ): Promise<UploadReceipt> {
    const receipt = receiptOf(parts, partSize);
    const withChecksum = this.#target.checksumTrailer && receipt.checksum !== null;
    const command = new CompleteMultipartUploadCommand({
      ...this.#names,
      MultipartUpload: {
        Parts: [...parts].sort((a, b) => a.number - b.number).map((part) => this.#toCompleted(part)),
      },
      MpuObjectSize: receipt.size,
      ...(this.#target.mustBeNew ? { IfNoneMatch: '*' } : {}),
      ...(withChecksum ? { ChecksumCRC32: receipt.checksum?.value, ChecksumType: 'FULL_OBJECT' } : {}),
    });
    try {
      await request(
        (options) => this.#client.send(command, options),
        this.#describe('CompleteMultipartUpload'),
        signal,
        COMPLETE_TIMEOUT,
      );
    } catch (error) {
      if (signal.aborted) throw error;
      await lookAfterLostCommit(receipt, () => this.#target.head(signal), error);
    }
    return receipt;
  }

  #toCompleted({ number, etag, crc }: StoredPart): CompletedPart {
    return {
      PartNumber: number,
      ETag: `"${etag}"`,
      ...(this.#target.checksumTrailer && crc !== null ? { ChecksumCRC32: encodeCrc32(crc) } : {}),
    };
  }

  /** A listed part with a CRC32 was checked when it was sent; without one, only its ETag speaks for it. */
  #toStoredPart({
    PartNumber: number = 0,
    Size: size = 0,
    ETag: etag = '',
    ChecksumCRC32: crc,
  }: Part): StoredPart {
    return {
      number,
      size,
      etag: unquote(etag),
      crc: crc === undefined ? null : Buffer.from(crc, 'base64').readUInt32BE(),
      checkedBy: crc === undefined ? 'none' : 'checksum',
    };
  }

  get #names(): { Bucket: string; Key: string; UploadId: string } {
    return { Bucket: this.#target.bucket, Key: this.#target.key, UploadId: this.#target.uploadId };
  }

  #describe(operation: string): string {
    return `${operation} ${this.#target.bucket}/${this.#target.key}`;
  }
}
