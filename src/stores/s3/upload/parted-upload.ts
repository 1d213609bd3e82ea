import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  ListPartsCommand,
  type ListPartsCommandOutput,
  type Part,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ChecksumAlgorithm, ChecksumChoice } from '../../../integrity/checksum.ts';
import type { StoredObject, StoredPart, UploadReceipt } from '../../../integrity/stored-object.ts';
import type { PartBytes, PartedUpload } from '../../../ports/archive-store.ts';
import { COMPLETE_TIMEOUT } from '../client/deadlines.ts';
import { PageCount, request } from '../client/request.ts';
import { S3Error } from '../client/s3-error.ts';
import { checksumFields, checksumIn, typeOf } from './checksum-fields.ts';
import { type CommitGuard, commitNew } from './commit-new.ts';
import { discardAfterCommit, lookAfterLostCommit } from './lost-commit.ts';
import { strongTag } from './part-check.ts';
import { type PartTarget, sendPart } from './send-part.ts';
import { receiptOf } from './upload-receipt.ts';

export interface PartedTarget extends PartTarget, Omit<CommitGuard, 'head'> {
  /** What such an upload is begun with: `null`, without checksums. */
  readonly checksum: ChecksumChoice | null;
  /** Whether the whole's checksum may be sent to be checked. */
  readonly wholeConfirmed: boolean;
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

  get algorithm(): ChecksumAlgorithm {
    return this.#target.algorithm;
  }

  sendPart(number: number, size: number, body: PartBytes, signal: AbortSignal): Promise<StoredPart> {
    return sendPart(this.#client, this.#target, { number, size, body }, signal);
  }

  /**
   * Also learns how it was begun: without checksums, it takes none now ("Checksum Type mismatch"); with another
   * than is asked for now, or where a composite one is asked for and the parts' are not shown, which Complete
   * must state, it cannot be resumed.
   */
  async listParts(signal: AbortSignal): Promise<StoredPart[]> {
    const { checksum } = this.#target;
    const parts: StoredPart[] = [];
    let marker: string | undefined;
    const pages = new PageCount(this.#describe('ListParts'));
    do {
      pages.next(marker ?? '');
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
      if (isOfAnother(page, checksum)) return [];
      for (const part of page.Parts ?? []) parts.push(this.#toStoredPart(part, page));
      const next = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
      if (page.IsTruncated === true && (next === undefined || next === marker)) {
        throw new S3Error(
          's3.bad_listing',
          `${this.#describe('ListParts')}: a page does not say where the next begins`,
          {
            operation: 'ListParts',
          },
        );
      }
      marker = next;
    } while (marker !== undefined);
    if (parts.some(({ digest }) => digest === null)) {
      if (checksum?.kind === 'composite') return [];
      if (parts.every(({ digest }) => digest === null)) this.#target = { ...this.#target, trailer: false };
    }
    return onceEach(parts).sort((a, b) => a.number - b.number);
  }

  async complete(
    parts: readonly StoredPart[],
    partSize: number,
    signal: AbortSignal,
  ): Promise<UploadReceipt> {
    const { algorithm, checksum, trailer, wholeConfirmed } = this.#target;
    const receipt = receiptOf(parts, { partSize, algorithm });
    const whole = trailer && wholeConfirmed && checksum?.kind === 'full-object' ? receipt.checksum : null;
    const input = {
      ...this.#names,
      MultipartUpload: {
        Parts: [...parts].sort((a, b) => a.number - b.number).map((part) => this.#toCompleted(part)),
      },
    };
    const claimed = {
      MpuObjectSize: receipt.size,
      ...(whole === null ? {} : { ...checksumFields(whole), ChecksumType: typeOf(whole.kind) }),
    };
    const operation = this.#describe('CompleteMultipartUpload');
    const head = () => this.#target.head(signal);
    try {
      await commitNew(operation, { ...this.#target, head }, ({ claims, ...condition }) => {
        const command = new CompleteMultipartUploadCommand({
          ...input,
          ...condition,
          ...(claims ? claimed : {}),
        });
        return request((options) => this.#client.send(command, options), operation, signal, COMPLETE_TIMEOUT);
      });
    } catch (error) {
      if (signal.aborted) throw error;
      const { bucket, key, uploadId } = this.#target;
      await lookAfterLostCommit(key, receipt, head, error);
      await discardAfterCommit(this.#client, { bucket, key, uploadId }, error);
    }
    return receipt;
  }

  #toCompleted({ number, fingerprint, digest }: StoredPart): CompletedPart {
    return {
      PartNumber: number,
      ETag: `"${fingerprint}"`,
      ...(this.#target.trailer && digest !== null ? checksumFields(digest) : {}),
    };
  }

  /**
   * A listed part with our checksum was checked when it was sent; without one, only its ETag speaks for it.
   * CRC64NVME is what S3 computes of its own accord: it is ours only where the upload was begun with it.
   */
  #toStoredPart(part: Part, { ChecksumAlgorithm: begunWith }: ListPartsCommandOutput): StoredPart {
    const { PartNumber: number = 0, Size: size = 0, ETag: etag = '' } = part;
    const { algorithm } = this.#target;
    const value = checksumIn(part, algorithm);
    const isOurs = value !== undefined && (begunWith !== undefined || algorithm !== 'CRC64NVME');
    const digest = isOurs ? { algorithm, value } : null;
    return { number, size, fingerprint: strongTag(etag), digest, checkedBy: isOurs ? 'checksum' : 'none' };
  }

  get #names(): { Bucket: string; Key: string; UploadId: string } {
    return { Bucket: this.#target.bucket, Key: this.#target.key, UploadId: this.#target.uploadId };
  }

  #describe(operation: string): string {
    return `${operation} ${this.#target.bucket}/${this.#target.key}`;
  }
}

/**
 * SeaweedFS lists a part as often as it was sent. Where these differ, which one would count is not known: the part is
 * left out, and sent again.
 */
function onceEach(parts: readonly StoredPart[]): StoredPart[] {
  return [...Map.groupBy(parts, ({ number }) => number).values()].flatMap(([first, ...others]) => {
    const isSame = ({ fingerprint, size }: StoredPart) =>
      fingerprint === first?.fingerprint && size === first.size;
    return first !== undefined && others.every(isSame) ? [first] : [];
  });
}

/** Whether an upload was begun for another checksum than is asked for now. Not every store says. */
function isOfAnother(
  { ChecksumAlgorithm: algorithm, ChecksumType: type }: ListPartsCommandOutput,
  checksum: ChecksumChoice | null,
): boolean {
  // Without one, S3 keeps a checksum of its own choice: it asks for none of the parts'.
  if (checksum === null) return type === 'COMPOSITE';
  if (algorithm !== undefined && algorithm !== checksum.algorithm) return true;
  return type !== undefined && type !== typeOf(checksum.kind);
}
