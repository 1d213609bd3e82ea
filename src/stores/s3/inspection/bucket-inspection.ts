import type { S3Client } from '@aws-sdk/client-s3';
import { archiveKey, lockKey } from '../../../model/archive-key.ts';
import type { BucketSettings, CheckObject, StoreInspection } from '../../../ports/store-inspection.ts';
import type { ObjectTarget } from '../client/confirmed-object.ts';
import { tellRefusal } from '../client/refused-deletion.ts';
import type { S3Options } from '../s3-options.ts';
import { readBucketSettings } from './bucket-settings.ts';
import { eraseObject, whyVersionsStay } from './erase-object.ts';

/** `StoreInspection` of a bucket. */
export class BucketInspection implements StoreInspection {
  readonly #client: S3Client;
  readonly #options: S3Options;
  readonly #clockOffset: () => number | undefined;

  constructor(client: S3Client, options: S3Options, clockOffset: () => number | undefined) {
    this.#client = client;
    this.#options = options;
    this.#clockOffset = clockOffset;
  }

  get address(): string {
    const { bucket, prefix, endpoint, region } = this.#options;
    return `s3://${bucket}/${prefix} at ${endpoint === undefined ? `AWS, ${region}` : new URL(endpoint).host}`;
  }

  get clockOffset(): number | undefined {
    return this.#clockOffset();
  }

  settings(signal: AbortSignal): Promise<BucketSettings> {
    return readBucketSettings(this.#client, this.#options.bucket, signal);
  }

  erase(object: CheckObject, signal: AbortSignal): Promise<string | undefined> {
    return tellRefusal(eraseObject(this.#client, this.#targetOf(object), signal));
  }

  whyVersionsStay(object: CheckObject, signal: AbortSignal): Promise<string | undefined> {
    return whyVersionsStay(this.#client, this.#targetOf(object), signal);
  }

  #targetOf(object: CheckObject): ObjectTarget {
    const { bucket, prefix } = this.#options;
    const key = 'lease' in object ? lockKey(prefix, object.lease) : archiveKey(prefix, object.archive);
    return { Bucket: bucket, Key: key };
  }
}
