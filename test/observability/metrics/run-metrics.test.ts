import { expect, test } from 'vitest';
import { ArchiverError, IntegrityError } from '../../../src/model/errors.ts';
import { Metrics } from '../../../src/observability/metrics/metrics.ts';
import { RunMetrics } from '../../../src/observability/metrics/run-metrics.ts';
import type { EventName } from '../../../src/ports/events.ts';
import { ScalingoError } from '../../../src/sources/scalingo/api/scalingo-error.ts';
import { type AnyFields, anyEvent } from '../../support/any-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { seriesValue } from './reading-metrics.ts';

const START = Date.UTC(2026, 0, 1);

function setUp(databases = ['shop', 'crm']) {
  const clock = new FakeClock({ start: START });
  const metrics = new Metrics();
  const runs = new RunMetrics(metrics, databases, '1.2.3', clock);
  const onEvent = (event: EventName, fields: AnyFields) => runs.onEvent(anyEvent(event, fields));
  const page = async () => (await metrics.page()).text;
  const value = async (series: string) => seriesValue(await page(), `backup_archiver_${series}`);
  return { clock, runs, onEvent, page, value };
}

test('before anything happens counters are 0, and what is not known is not there', async () => {
  const { value } = setUp();
  expect(await value('build_info{version="1.2.3"}')).toBe(1);
  expect(await value('retries_total{database="shop"}')).toBe(0);
  expect(await value('transferred_bytes_total{database="crm"}')).toBe(0);
  expect(await value('running_transfers{database="crm"}')).toBe(0);
  expect(await value('failures_total{database="shop",phase="lock"}')).toBe(0);
  expect(await value('notification_failures_total{target="webhook"}')).toBe(0);
  expect(await value('newest_archive_timestamp_seconds{database="shop"}')).toBeUndefined();
  expect(await value('last_run_success{database="shop"}')).toBeUndefined();
});

test('what the bucket shows: the newest archive, and with it the last success', async () => {
  const { runs, value } = setUp();
  runs.bucketShows('shop', { createdAt: START - 7_200_000, size: 42, archivedAt: START - 3_600_500 });
  runs.bucketShows('crm', undefined);
  expect(await value('newest_archive_timestamp_seconds{database="shop"}')).toBe(START / 1000 - 7200);
  expect(await value('newest_archive_size_bytes{database="shop"}')).toBe(42);
  expect(await value('last_success_timestamp_seconds{database="shop"}')).toBe(START / 1000 - 3600.5);
  expect(await value('last_run_timestamp_seconds{database="shop"}')).toBe(START / 1000 - 3600.5);
  expect(await value('newest_archive_timestamp_seconds{database="crm"}')).toBe(0);
  expect(await value('newest_archive_size_bytes{database="crm"}')).toBe(0);
  expect(await value('last_success_timestamp_seconds{database="crm"}')).toBeUndefined();
});

test('an archive that somebody deletes shows, and takes no later run back', async () => {
  const { runs, onEvent, clock, value } = setUp();
  clock.set(START + 10_000);
  onEvent('run.completed', { durationMs: 1, databases: [{ database: 'shop', status: 'archived' }] });
  runs.bucketShows('shop', { createdAt: START, size: 42, archivedAt: START });
  runs.bucketShows('shop', { createdAt: START - 1000, size: 41, archivedAt: START - 500 });
  expect(await value('newest_archive_size_bytes{database="shop"}')).toBe(41);
  expect(await value('last_success_timestamp_seconds{database="shop"}')).toBe(START / 1000 + 10);
  expect(await value('last_run_timestamp_seconds{database="shop"}')).toBe(START / 1000 + 10);
});

test('a completed archive is the newest at once, whatever the prefix; an older one is not', async () => {
  const { runs, onEvent, value } = setUp();
  const completed = (createdAt: string, key: string, bytes: number) =>
    onEvent('archive.completed', { database: 'shop', createdAt, key, bytes, durationMs: 90_000 });
  completed('2025-12-31T23:00:00Z', 'team/prod/shop/2025-12-31T23-00-00Z_b2.tar.gz', 2000);
  completed('2025-12-30T23:00:00Z', 'team/prod/shop/2025-12-30T23-00-00Z_b1.tar.gz', 1000);
  expect(await value('newest_archive_size_bytes{database="shop"}')).toBe(2000);
  expect(await value('newest_archive_timestamp_seconds{database="shop"}')).toBe(START / 1000 - 3600);
  expect(await value('archive_duration_seconds_sum{database="shop"}')).toBe(180);
  expect(await value('archive_duration_seconds_bucket{le="60",database="shop"}')).toBe(0);
  expect(await value('archive_duration_seconds_bucket{le="120",database="shop"}')).toBe(2);
  expect(runs.archivedSoFar('shop')).toBe(2);
});

test('a run that ends says for each database how it went', async () => {
  const { onEvent, clock, value } = setUp(['a', 'b', 'c', 'd']);
  clock.set(START + 60_000);
  onEvent('run.failed', {
    durationMs: 60_000,
    databases: [
      { database: 'a', status: 'archived', bytes: 1 },
      { database: 'b', status: 'skipped' },
      { database: 'c', status: 'failed', code: 'lock.held' },
      { database: 'd', status: 'interrupted' },
    ],
  });
  const now = START / 1000 + 60;
  expect(await value('last_run_success{database="a"}')).toBe(1);
  expect(await value('last_run_success{database="b"}')).toBe(1);
  expect(await value('last_run_success{database="c"}')).toBe(0);
  expect(await value('last_run_success{database="d"}')).toBeUndefined();
  expect(await value('last_success_timestamp_seconds{database="b"}')).toBe(now);
  expect(await value('last_success_timestamp_seconds{database="c"}')).toBeUndefined();
  expect(await value('last_run_timestamp_seconds{database="c"}')).toBe(now);
  expect(await value('run_duration_seconds_sum{database="c"}')).toBe(60);
  expect(await value('run_duration_seconds_count{database="d"}')).toBeUndefined();
  expect(await value('interrupted_runs_total{database="c"}')).toBe(0);
  expect(await value('interrupted_runs_total{database="d"}')).toBe(1);
  onEvent('run.interrupted', { durationMs: 1, databases: [{ database: 'd', status: 'interrupted' }] });
  expect(await value('interrupted_runs_total{database="d"}')).toBe(2);
});

const scalingo = new ScalingoError('scalingo.forbidden', 'no', { operation: 'POST /x' });
test.each([
  ['prepare', [], scalingo],
  ['backup', ['backup.created', 'backup.polled'], new ArchiverError('backup.timeout', 'late')],
  ['backup', ['backup.adopted'], scalingo],
  ['transfer', ['backup.created', 'backup.done', 'archive.started'], scalingo],
  ['proof', ['archive.started'], new IntegrityError('archive.checksum_mismatch', 'other bytes')],
  ['lock', ['archive.started'], new ArchiverError('lock.lost', 'lost')],
  ['prepare', ['archive.started', 'archive.completed'], scalingo],
  ['transfer', ['archive.started'], 'an error that is none'],
])('a failure in the phase %s, after %j', async (phase, events, error) => {
  const { onEvent, page } = setUp();
  onEvent('run.started', { databases: ['shop', 'crm'] });
  const fields = { database: 'shop', createdAt: '2025-12-31T23:00:00Z', bytes: 1, durationMs: 1 };
  for (const event of events) onEvent(event as EventName, fields);
  onEvent('archive.failed', { database: 'shop', error });
  const counted = (await page()).match(/^backup_archiver_failures_total\{.*\} [1-9]\d*$/gm);
  expect(counted).toEqual([`backup_archiver_failures_total{database="shop",phase="${phase}"} 1`]);
});

test('a lock that is held and a retention that fails are phases of their own', async () => {
  const { onEvent, value } = setUp();
  onEvent('lock.held', { database: 'shop' });
  onEvent('retention.failed', { database: 'shop', error: scalingo });
  expect(await value('failures_total{database="shop",phase="lock"}')).toBe(1);
  expect(await value('failures_total{database="shop",phase="retention"}')).toBe(1);
});

test('a run that a defect breaks off is a failure', async () => {
  const { onEvent, value } = setUp();
  onEvent('run.started', { databases: ['shop'], runId: 'r1' });
  onEvent('run.failed', { database: 'shop', trigger: 'schedule', error: new Error('a defect') });
  expect(await value('last_run_success{database="shop"}')).toBe(0);
  expect(await value('last_run_timestamp_seconds{database="shop"}')).toBe(START / 1000);
  expect(await value('failures_total{database="shop",phase="prepare"}')).toBe(1);
});

test('a new run forgets where the one before it was', async () => {
  const { onEvent, value } = setUp();
  onEvent('archive.started', { database: 'shop' });
  onEvent('run.started', { databases: ['shop'] });
  onEvent('archive.failed', { database: 'shop', error: scalingo });
  expect(await value('failures_total{database="shop",phase="prepare"}')).toBe(1);
});

test('transfers, retries and lost notifications are counted', async () => {
  const { runs, onEvent, value } = setUp();
  runs.transfers.began('shop');
  runs.transfers.moved('shop', 100);
  runs.transfers.moved('shop', 23);
  expect(await value('running_transfers{database="shop"}')).toBe(1);
  runs.transfers.ended('shop');
  onEvent('archive.retried', { database: 'shop' });
  onEvent('notify.failed', { target: 'ping' });
  expect(await value('transferred_bytes_total{database="shop"}')).toBe(123);
  expect(await value('running_transfers{database="shop"}')).toBe(0);
  expect(await value('retries_total{database="shop"}')).toBe(1);
  expect(await value('notification_failures_total{target="ping"}')).toBe(1);
});

test('a run as a whole is nobody’s failure, whatever a database is called', async () => {
  const { onEvent, value } = setUp(['undefined', 'shop']);
  onEvent('run.failed', { durationMs: 1, databases: [{ database: 'shop', status: 'failed' }] });
  expect(await value('failures_total{database="undefined",phase="prepare"}')).toBe(0);
  expect(await value('last_run_success{database="undefined"}')).toBeUndefined();
});

test('databases that are not configured get no series', async () => {
  const { onEvent, page } = setUp();
  onEvent('archive.retried', { database: 'elsewhere' });
  onEvent('archive.failed', { database: 'elsewhere', error: scalingo });
  onEvent('run.completed', { durationMs: 1, databases: [{ database: 'elsewhere', status: 'archived' }] });
  expect(await page()).not.toContain('elsewhere');
});
