import { expect, test } from 'vitest';
import type { Manifest } from '../../../src/model/manifest.ts';
import type { Verification } from '../../../src/model/verification.ts';
import { Metrics } from '../../../src/observability/metrics/metrics.ts';
import { RunMetrics } from '../../../src/observability/metrics/run-metrics.ts';
import { VerifyMetrics } from '../../../src/observability/metrics/verify-metrics.ts';
import { watchBucket } from '../../../src/observability/metrics/watch-bucket.ts';
import type { ArchiveListing, ListedObject } from '../../../src/ports/archive-store.ts';
import { S3Error } from '../../../src/stores/s3/client/s3-error.ts';
import { anyEvent } from '../../support/any-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { seriesValue } from './reading-metrics.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);

/** Archives by database, newest first: when each was made, its size the hours since the epoch. */
class Bucket {
  readonly archives = new Map<string, number[]>();
  readonly asked: string[] = [];
  isDown = false;
  hasManifests = true;
  /** Runs while a listing is under way. */
  meanwhile = () => {};

  async list(database: string | undefined): Promise<ArchiveListing> {
    this.asked.push(database ?? '');
    if (this.isDown) throw new S3Error('s3.network', 'down', { operation: 'GET /' });
    const archives = (this.archives.get(database ?? '') ?? []).map(
      (time): ListedObject => ({
        database: database ?? '',
        backupId: 'b1',
        createdAt: new Date(time),
        key: `k${time}`,
        size: time / HOUR,
        lastModified: new Date(time),
        ...verifiedAt(this.verified.get(time)?.at),
      }),
    );
    this.meanwhile();
    return { archives, unproven: [], dangling: this.lost.map(lost), outlived: [] };
  }

  /** By the time of the archive. */
  readonly verified = new Map<number, { readonly at: number; readonly found: Verification }>();
  readonly lost: number[] = [];

  async readVerification({ createdAt }: { createdAt: Date }): Promise<Verification | undefined> {
    this.asked.push(`verification ${createdAt.toISOString()}`);
    return this.verified.get(createdAt.getTime())?.found;
  }

  async readManifest({ createdAt }: { createdAt: Date }): Promise<Manifest | undefined> {
    if (!this.hasManifests) throw new S3Error('s3.network', 'down', { operation: 'GET /' });
    return { archivedAt: new Date(createdAt.getTime() + HOUR).toISOString() } as Manifest;
  }
}

function verifiedAt(time: number | undefined): Pick<ListedObject, 'verifiedAt'> {
  return time === undefined ? {} : { verifiedAt: new Date(time) };
}

function lost(time: number): ListedObject {
  const when = { createdAt: new Date(time), lastModified: new Date(time) };
  return { database: 'shop', backupId: 'b1', key: `k${time}`, size: 1, ...when };
}

/** What was found at that time, by reading it back or by restoring it. */
function found(at: number, ok: boolean, restored?: boolean): { at: number; found: Verification } {
  const look = { at: new Date(at).toISOString(), ok, fault: null, durationMs: 1, archiver: '1' };
  const readBack = { ...look, bytes: 1, files: 1, dumps: [] };
  const counts = { tables: 1, rows: 1, objects: {}, bytes: 1, warnings: [] };
  const test = {
    ...look,
    ...counts,
    engine: 'postgresql',
    serverVersion: null,
    tools: [],
    ok: restored === true,
  } as const;
  return {
    at,
    found: { version: 1, key: 'k', checksum: 'c', readBack, restored: restored === undefined ? null : test },
  };
}

function setUp(databases: readonly string[]) {
  const clock = new FakeClock({ start: START });
  const metrics = new Metrics();
  const runs = new RunMetrics(metrics, databases, '1', clock);
  const bucket = new Bucket();
  const verifications = new VerifyMetrics(metrics, databases, 30 * 24 * HOUR, clock);
  const { log, events } = memoryLog();
  const stop = new AbortController();
  const seen: string[] = [];
  const watching = watchBucket(
    { store: bucket, databases, metrics: runs, verifications, clock, log, onSeen: (name) => seen.push(name) },
    stop.signal,
  );
  const value = async (series: string) =>
    seriesValue((await metrics.page()).text, `backup_archiver_${series}`);
  const end = async () => {
    stop.abort(new Error('over'));
    await expect(watching).rejects.toThrow('over');
  };
  return { clock, runs, verifications, bucket, events, seen, value, end };
}

test('the facts are known from the bucket alone, and looked at again every hour', async () => {
  const { clock, bucket, seen, value, end } = setUp(['shop', 'crm']);
  bucket.archives.set('shop', [START - 2 * HOUR, START - 26 * HOUR]);
  // The first look is at what was there when it began: nothing yet.
  await clock.advance(0);
  await clock.advance(HOUR);
  expect([...new Set(seen)].sort()).toEqual(['crm', 'shop']);
  expect(await value('newest_archive_timestamp_seconds{database="shop"}')).toBe(START / 1000 - 7200);
  expect(await value('newest_archive_size_bytes{database="shop"}')).toBe(START / HOUR - 2);
  expect(await value('last_success_timestamp_seconds{database="shop"}')).toBe(START / 1000 - 3600);
  expect(await value('newest_archive_timestamp_seconds{database="crm"}')).toBe(0);
  bucket.archives.delete('shop');
  await clock.advance(HOUR);
  expect(await value('newest_archive_timestamp_seconds{database="shop"}')).toBe(0);
  await end();
});

test('a bucket that cannot be read is asked again after a minute, and only for what is missing', async () => {
  const { clock, bucket, events, seen, value, end } = setUp(['shop', 'crm']);
  await clock.advance(0);
  bucket.isDown = true;
  await clock.advance(HOUR);
  expect(events.filter(({ event }) => event === 'metrics.bucket_unread')).toHaveLength(2);
  bucket.isDown = false;
  bucket.asked.length = 0;
  seen.length = 0;
  bucket.archives.set('shop', [START]);
  await clock.advance(60_000);
  expect(bucket.asked.sort()).toEqual(['crm', 'shop']);
  expect(seen.sort()).toEqual(['crm', 'shop']);
  expect(await value('newest_archive_timestamp_seconds{database="shop"}')).toBe(START / 1000);
  await end();
});

test('a manifest that cannot be read hides no archive', async () => {
  const { clock, bucket, value, end } = setUp(['shop']);
  bucket.archives.set('shop', [START]);
  bucket.hasManifests = false;
  await clock.advance(HOUR);
  expect(await value('newest_archive_timestamp_seconds{database="shop"}')).toBe(START / 1000);
  expect(await value('last_success_timestamp_seconds{database="shop"}')).toBeUndefined();
  await end();
});

test('an archive made while the bucket is being read is not taken back by the reading', async () => {
  const { clock, runs, bucket, value, end } = setUp(['shop']);
  await clock.advance(0);
  bucket.archives.set('shop', [START - HOUR]);
  bucket.meanwhile = () =>
    runs.onEvent(
      anyEvent('archive.completed', {
        database: 'shop',
        createdAt: '2026-01-01T00:30:00Z',
        key: 'shop/2026-01-01T00-30-00Z_b2.tar.gz',
        bytes: 7,
        durationMs: 1,
      }),
    );
  await clock.advance(HOUR);
  expect(await value('newest_archive_size_bytes{database="shop"}')).toBe(7);
  bucket.meanwhile = () => {};
  await clock.advance(HOUR);
  expect(await value('newest_archive_size_bytes{database="shop"}')).toBe(START / HOUR - 1);
  await end();
});

test('what was found by reading back is known from the bucket alone, and each verification is read once', async () => {
  const { clock, bucket, value, end } = setUp(['shop', 'crm']);
  const [fresh, whole, old, damaged] = [1, 40, 50, 60].map((days) => START - days * 24 * HOUR) as [
    number,
    number,
    number,
    number,
  ];
  bucket.archives.set('shop', [fresh, whole, old, damaged]);
  bucket.verified.set(whole, found(START - 2 * HOUR, true, true));
  bucket.verified.set(damaged, found(START - HOUR, false));
  bucket.lost.push(old - HOUR);
  await clock.advance(HOUR);
  expect(await value('last_verification_timestamp_seconds{database="shop"}')).toBe(START / 1000 - 7200);
  expect(await value('last_restore_test_timestamp_seconds{database="shop"}')).toBe(START / 1000 - 7200);
  // `fresh` is a day old; `old` was never read.
  expect(await value('unverified_archives{database="shop"}')).toBe(1);
  expect(await value('damaged_archives{database="shop"}')).toBe(2);
  expect(await value('last_verification_timestamp_seconds{database="crm"}')).toBeUndefined();
  expect(await value('unverified_archives{database="crm"}')).toBe(0);
  bucket.verified.set(old, found(START + HOUR, true));
  await clock.advance(2 * HOUR);
  expect(await value('unverified_archives{database="shop"}')).toBe(0);
  expect(await value('last_verification_timestamp_seconds{database="shop"}')).toBe(START / 1000 + 3600);
  const read = bucket.asked.filter((what) => what.startsWith('verification'));
  expect(read).toHaveLength(3);
  await end();
});

test('a reading back in this process shows at once', async () => {
  const { clock, verifications, value, end } = setUp(['shop']);
  await clock.advance(0);
  expect(await value('verify_failures_total{database="shop"}')).toBe(0);
  const archive = { database: 'shop', backupId: 'b1', key: 'k' };
  const event = (name: 'archive.verified' | 'verify.failed', deep: boolean) =>
    verifications.onEvent(anyEvent(name, { ...archive, deep }));
  event('archive.verified', false);
  expect(await value('last_verification_timestamp_seconds{database="shop"}')).toBeUndefined();
  event('archive.verified', true);
  expect(await value('last_verification_timestamp_seconds{database="shop"}')).toBe(START / 1000);
  event('verify.failed', true);
  expect(await value('verify_failures_total{database="shop"}')).toBe(1);
  await end();
});
