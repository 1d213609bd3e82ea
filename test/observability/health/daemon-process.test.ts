import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { syntheticArchive } from '../../../sandbox/archive/synthetic-archive.ts';
import type { SimulatedDatabase } from '../../../sandbox/scalingo/simulated-database.ts';
import { freePorts } from '../../real/free-ports.ts';
import { openSandboxBucket } from '../../support/sandbox-bucket.ts';
import type { BucketView } from '../../support/test-store.ts';
import { World } from '../../support/world.ts';
import { seriesValue } from '../metrics/reading-metrics.ts';

const MiB = 2 ** 20;

let bucket: BucketView;
let close: () => Promise<void>;
let world: World;

beforeAll(async () => {
  ({ bucket, close } = await openSandboxBucket());
});
afterAll(() => close());
beforeEach(async () => {
  world = await World.start(bucket);
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

/** The environment of a daemon that serves, and the address at which. */
async function serving(database: SimulatedDatabase, extra: Readonly<Record<string, string>> = {}) {
  const [port = 0] = await freePorts(1);
  const env = world.environment(database, {
    HTTP_PORT: String(port),
    HTTP_HOST: '127.0.0.1',
    SCHEDULE_CATCH_UP: 'false',
    ...extra,
  });
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  };
  const value = async (series: string) =>
    seriesValue((await get('/metrics')).text, `backup_archiver_${series}`);
  return { env, port, get, value };
}

test('a run shows in the metrics while it goes on and when it is done', async () => {
  const archive = syntheticArchive({ size: 24 * MiB, seed: 'metrics' });
  const database = world.scalingo.addDatabase({ app: 'shop', archive });
  database.download = { bytesPerSecond: 8 * MiB };
  const { env, get, value } = await serving(database, { SCHEDULE_RUN_ON_START: 'true' });
  await using process = world.spawn(['daemon'], env);
  await process.event('http.listening');
  expect(await get('/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
  await process.event('archive.started');
  await expect.poll(() => value('running_transfers{database="shop"}')).toBe(1);
  await process.event('run.completed');
  expect(await value('running_transfers{database="shop"}')).toBe(0);
  expect(await value('transferred_bytes_total{database="shop"}')).toBe(archive.size);
  expect(await value('newest_archive_size_bytes{database="shop"}')).toBe(archive.size);
  expect(await value('last_run_success{database="shop"}')).toBe(1);
  expect(await value('run_duration_seconds_count{database="shop"}')).toBe(1);
  expect(await value('archive_duration_seconds_count{database="shop"}')).toBe(1);
  const [manifest] = await world.manifests();
  expect(await value('newest_archive_timestamp_seconds{database="shop"}')).toBe(
    Math.floor(Date.parse(manifest?.createdAt ?? '') / 1000),
  );
  expect(
    Date.now() / 1000 - ((await value('last_success_timestamp_seconds{database="shop"}')) ?? 0),
  ).toBeLessThan(60);
  await expect.poll(() => get('/readyz')).toMatchObject({ status: 200 });
  process.kill('SIGTERM');
  const finished = await process.finished();
  expect(finished.code).toBe(0);
  world.expectNoSecret(finished, env);
});

test('a daemon that has just started knows the newest archive from the bucket alone', async () => {
  const database = world.scalingo.addDatabase({ app: 'shop' });
  await world.archive(database);
  const [manifest] = await world.manifests();
  const { env, get, value } = await serving(database);
  await using process = world.spawn(['daemon'], env);
  await process.event('http.listening');
  await expect.poll(() => get('/readyz')).toMatchObject({ status: 200, text: 'ok\n' });
  expect(await value('newest_archive_size_bytes{database="shop"}')).toBe(manifest?.size);
  expect(await value('last_success_timestamp_seconds{database="shop"}')).toBe(
    Date.parse(manifest?.archivedAt ?? '') / 1000,
  );
  expect(await value('last_run_success{database="shop"}')).toBeUndefined();
  const page = await get('/metrics');
  expect(page.type).toBe('text/plain; version=0.0.4; charset=utf-8');
  for (const secret of [env.AWS_SECRET_ACCESS_KEY ?? '', env.SCALINGO_API_TOKEN ?? '', '127.0.0.1']) {
    expect(page.text).not.toContain(secret);
  }
  process.kill('SIGTERM');
  expect((await process.finished()).code).toBe(0);
});

test('a failed run shows with its phase', async () => {
  const database = world.scalingo.addDatabase({ app: 'shop', type: 'elasticsearch' });
  const { env, value } = await serving(database, { SCHEDULE_RUN_ON_START: 'true' });
  await using process = world.spawn(['daemon'], env);
  await process.event('run.failed');
  expect(await value('last_run_success{database="shop"}')).toBe(0);
  expect(await value('failures_total{database="shop",phase="prepare"}')).toBe(1);
  process.kill('SIGTERM');
  expect((await process.finished()).code).toBe(0);
});

test('without the bucket it is alive, and not ready', async () => {
  const database = world.scalingo.addDatabase({ app: 'shop' });
  const { env, get, value } = await serving(database, { S3_BUCKET: 'no-such-bucket' });
  await using process = world.spawn(['daemon'], env);
  await process.event('metrics.bucket_unread');
  expect(await get('/healthz')).toMatchObject({ status: 200 });
  expect(await get('/readyz')).toMatchObject({
    status: 503,
    text: 'the archives of shop have not been seen yet\n',
  });
  expect(await value('newest_archive_timestamp_seconds{database="shop"}')).toBeUndefined();
  process.kill('SIGTERM');
  expect((await process.finished()).code).toBe(0);
});

test('while work drains the pages are still there, and say so', async () => {
  const archive = syntheticArchive({ size: 24 * MiB, seed: 'drain' });
  const database = world.scalingo.addDatabase({ app: 'shop', archive });
  database.download = { bytesPerSecond: MiB };
  const { env, get } = await serving(database, { SCHEDULE_RUN_ON_START: 'true' });
  await using process = world.spawn(['daemon'], env);
  await process.event('archive.started');
  await world.scalingo.nextRequest('download', database);
  // A connection that is kept alive holds up nothing.
  await fetch(`http://127.0.0.1:${env.HTTP_PORT}/healthz`);
  process.kill('SIGTERM');
  await process.event('shutdown.started');
  const finished = await process.finished();
  expect(finished.code).toBe(143);
  expect(finished.events.map(({ event }) => event)).not.toContain('shutdown.release_failed');
  await expect(get('/healthz')).rejects.toThrow();
});

test('a port that is taken ends the daemon at its start, with a line that says so', async () => {
  const database = world.scalingo.addDatabase({ app: 'shop' });
  const { env, port } = await serving(database);
  await using first = world.spawn(['daemon'], env);
  await first.event('http.listening');
  const second = await world.run(['daemon'], env);
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(
    `health and metrics cannot be served on port ${port} of 127.0.0.1: another program listens there`,
  );
  first.kill('SIGTERM');
  expect((await first.finished()).code).toBe(0);
});

test('run serves nothing, and minds no port that is taken', async () => {
  const database = world.scalingo.addDatabase({ app: 'shop' });
  const { env } = await serving(database);
  await using daemon = world.spawn(['daemon'], env);
  await daemon.event('http.listening');
  const finished = await world.run(['run'], env);
  expect(finished.code, finished.stdout).toBe(0);
  expect(finished.events.map(({ event }) => event)).not.toContain('http.listening');
  daemon.kill('SIGTERM');
  await daemon.finished();
});
