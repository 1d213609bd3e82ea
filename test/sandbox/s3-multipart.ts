import {
  AbortMultipartUploadCommand,
  type AbortMultipartUploadCommandOutput,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  type CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  type S3Client,
  UploadPartCommand,
  type UploadPartCommandInput,
} from '@aws-sdk/client-s3';

/** One multipart upload, driven step by step. */
export class Multipart {
  readonly uploadId: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #key: string;

  private constructor(client: S3Client, bucket: string, key: string, uploadId: string) {
    this.#client = client;
    this.#bucket = bucket;
    this.#key = key;
    this.uploadId = uploadId;
  }

  static async begin(
    client: S3Client,
    bucket: string,
    key: string,
    extra: Partial<CreateMultipartUploadCommandInput> = {},
  ): Promise<Multipart> {
    const answer = await client.send(
      new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ...extra }),
    );
    if (answer.UploadId === undefined) throw new Error('no upload id');
    return new Multipart(client, bucket, key, answer.UploadId);
  }

  /** The same upload, by an id of one's own. */
  withId(uploadId: string): Multipart {
    return new Multipart(this.#client, this.#bucket, this.#key, uploadId);
  }

  /** @returns the part as Complete lists it */
  async part(
    partNumber: number,
    body: Buffer,
    extra: Partial<UploadPartCommandInput> = {},
  ): Promise<CompletedPart> {
    const answer = await this.#client.send(
      new UploadPartCommand({
        Bucket: this.#bucket,
        Key: this.#key,
        UploadId: this.uploadId,
        PartNumber: partNumber,
        Body: body,
        ...extra,
      }),
    );
    return {
      PartNumber: partNumber,
      ETag: answer.ETag,
      ...(answer.ChecksumCRC32 === undefined ? {} : { ChecksumCRC32: answer.ChecksumCRC32 }),
      ...(answer.ChecksumCRC64NVME === undefined ? {} : { ChecksumCRC64NVME: answer.ChecksumCRC64NVME }),
      ...(answer.ChecksumSHA256 === undefined ? {} : { ChecksumSHA256: answer.ChecksumSHA256 }),
    };
  }

  abort(): Promise<AbortMultipartUploadCommandOutput> {
    return this.#client.send(
      new AbortMultipartUploadCommand({ Bucket: this.#bucket, Key: this.#key, UploadId: this.uploadId }),
    );
  }

  complete(
    parts: CompletedPart[],
    extra: Partial<CompleteMultipartUploadCommandInput> = {},
  ): Promise<CompleteMultipartUploadCommandOutput> {
    return this.#client.send(
      new CompleteMultipartUploadCommand({
        Bucket: this.#bucket,
        Key: this.#key,
        UploadId: this.uploadId,
        MultipartUpload: { Parts: parts },
        ...extra,
      }),
    );
  }
}

/** The bytes of an object, whole. */
export async function readObject(client: S3Client, bucket: string, key: string): Promise<Buffer> {
  const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
}
