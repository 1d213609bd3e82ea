import { createHash } from 'node:crypto';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';

/** A store that a suite runs against: the sandbox's own, or a real server. */
export interface StoreAddress {
  readonly name: string;
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly bucket: string;
}

/** Looks into a bucket from outside, through the SDK with nothing of ours in between. */
export class BucketView {
  readonly address: StoreAddress;
  readonly client: S3Client;

  constructor(address: StoreAddress) {
    this.address = address;
    this.client = new S3Client({
      endpoint: address.endpoint,
      region: address.region,
      forcePathStyle: true,
      credentials: { accessKeyId: address.accessKeyId, secretAccessKey: address.secretAccessKey },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  /** What points backup-archiver at it. */
  environment(): Record<string, string> {
    const { endpoint, region, accessKeyId, secretAccessKey, bucket } = this.address;
    return {
      S3_ENDPOINT: endpoint,
      S3_REGION: region,
      S3_BUCKET: bucket,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
  }

  /** All keys below a prefix, sorted. */
  async keys(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.client.send(
        new ListObjectsV2Command({ Bucket: this.address.bucket, Prefix: prefix, ContinuationToken: token }),
      );
      keys.push(...(page.Contents ?? []).map(({ Key: key }) => key ?? ''));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return keys.sort();
  }

  async text(key: string): Promise<string> {
    const { Body: body } = await this.client.send(
      new GetObjectCommand({ Bucket: this.address.bucket, Key: key }),
    );
    return (await body?.transformToString()) ?? '';
  }

  /** Size and SHA-256 (hex) of an object, read to its end. */
  async digest(key: string): Promise<{ size: number; sha256: string }> {
    const { Body: body } = await this.client.send(
      new GetObjectCommand({ Bucket: this.address.bucket, Key: key }),
    );
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      hash.update(chunk);
    }
    return { size, sha256: hash.digest('hex') };
  }

  head(key: string) {
    return this.client.send(new HeadObjectCommand({ Bucket: this.address.bucket, Key: key }));
  }

  /** Keys of multipart uploads that were neither completed nor aborted. */
  async unfinishedUploads(prefix: string): Promise<string[]> {
    const keys = new Set<string>();
    // MinIO lists them by an exact key, or without a prefix.
    for (const asked of [{ Prefix: prefix }, {}]) {
      const command = new ListMultipartUploadsCommand({ Bucket: this.address.bucket, ...asked });
      const { Uploads: uploads = [] } = await this.client.send(command);
      for (const { Key: key } of uploads) if (key?.startsWith(prefix) === true) keys.add(key);
    }
    return [...keys];
  }

  close(): void {
    this.client.destroy();
  }
}
