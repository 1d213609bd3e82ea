import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { lockKey } from '../../model/archive-key.ts';
import { hasCode } from '../../model/errors.ts';
import type { LeaseRecord, LeaseStore, StoredLease } from '../../ports/lease.ts';
import { deleteConfirmed, readParsed } from './client/confirmed-object.ts';
import { request } from './client/request.ts';
import { isUnsupported } from './client/s3-error.ts';
import { jsonBody } from './client/small-object.ts';
import { asStrong, strongTag } from './upload/part-check.ts';

/** A lease must be renewed well within its 30 s: a slow response is as bad as none. */
const LEASE_TIMEOUT = 8_000;
/** One of ours has some 300 bytes. */
const LARGEST_LEASE = 16 * 1024;

/**
 * Leases as small objects, changed by conditional writes (`If-None-Match`, `If-Match`:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
 */
export class LeaseObjects implements LeaseStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(client: S3Client, { bucket, prefix }: { bucket: string; prefix: string }) {
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  async readLease(database: string, signal: AbortSignal): Promise<StoredLease | undefined> {
    const reading = { parse: parseLease, limit: LARGEST_LEASE, timeout: LEASE_TIMEOUT };
    const read = await readParsed(this.#client, this.#target(database), reading, signal);
    return read === undefined ? undefined : { record: read.value ?? null, version: read.etag };
  }

  async writeLease(
    database: string,
    record: LeaseRecord,
    replaces: string | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const condition = replaces === undefined ? { IfNoneMatch: '*' } : { IfMatch: asStrong(replaces) };
    try {
      return await this.#put(database, record, condition, signal);
    } catch (error) {
      // Some stores know no conditions. The last writer holds the lease then: its taker looks again.
      if (isUnsupported(error)) return this.#put(database, record, {}, signal);
      if (replaces === undefined || !hasCode(error, 's3.precondition_failed')) throw error;
      // Ceph 16 compares the header letter by letter with the ETag without quotes (`_do_write_meta` of its
      // rgw_rados.cc): no write would ever replace a lease there.
      if ((await this.readLease(database, signal))?.version !== replaces) throw error;
      return this.#put(database, record, { IfMatch: strongTag(replaces) }, signal);
    }
  }

  async removeLease(database: string, signal: AbortSignal): Promise<void> {
    await deleteConfirmed(this.#client, this.#target(database), signal, LEASE_TIMEOUT);
  }

  async #put(
    database: string,
    record: LeaseRecord,
    condition: Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>,
    signal: AbortSignal,
  ): Promise<string> {
    const target = this.#target(database);
    const command = new PutObjectCommand({
      ...target,
      ...jsonBody(`${JSON.stringify(record)}\n`),
      ...condition,
    });
    const response = await request(
      (options) => this.#client.send(command, options),
      this.#describe('PutObject', target.Key),
      signal,
      LEASE_TIMEOUT,
    );
    return response.ETag ?? '';
  }

  #target(database: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: lockKey(this.#prefix, database) };
  }

  #describe(operation: string, key: string): string {
    return `${operation} ${this.#bucket}/${key}`;
  }
}

/** `null` for anything that is not a lease of ours. */
function parseLease(text: string): LeaseRecord | null {
  try {
    const { holder, host, pid, processTable, acquiredAt, renewedAt } = JSON.parse(text) as Record<
      string,
      unknown
    >;
    if (typeof holder !== 'string' || typeof host !== 'string' || typeof pid !== 'number') return null;
    return {
      holder,
      host,
      pid,
      processTable: typeof processTable === 'string' ? processTable : null,
      acquiredAt: String(acquiredAt),
      renewedAt: String(renewedAt),
    };
  } catch {
    return null;
  }
}
