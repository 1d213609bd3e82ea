import { expect, test } from 'vitest';
import { keepWatchedSchedule } from '../../../src/cli/start-monitoring.ts';
import { healthPages } from '../../../src/observability/health/health-pages.ts';
import { Heartbeats, OVERSLEPT } from '../../../src/observability/health/heartbeats.ts';
import { Metrics } from '../../../src/observability/metrics/metrics.ts';
import type { ScheduledDatabase } from '../../../src/schedule/scheduled-database.ts';
import { Slots } from '../../../src/schedule/slots.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { memoryLog } from '../../support/memory-log.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function setUp(work: () => Promise<void>, ask: ScheduledDatabase['newestArchivedAt'] = async () => 0) {
  const clock = new FakeClock({ start: Date.UTC(2026, 0, 1, 2) });
  const heartbeats = new Heartbeats(() => clock.now());
  const unseen = new Set<string>();
  let isStopping = false;
  const pages = healthPages({
    heartbeats,
    metrics: new Metrics(),
    unseen,
    isStopping: () => isStopping,
  });
  const get = async (path: string) => {
    const page = await pages[path]?.();
    return `${page?.status} ${page?.text}`;
  };
  const stop = new AbortController();
  const database: ScheduledDatabase = {
    name: 'shop',
    slots: new Slots('0 3 * * *', 'UTC'),
    jitter: 0,
    runOnStart: false,
    catchUp: false,
    retryAfter: 0,
    run: async () => {
      await work();
      return 'settled';
    },
    newestArchivedAt: ask,
  };
  const context = { clock, random: () => 0, log: memoryLog().log };
  const start = (changes: Partial<ScheduledDatabase> = {}) => {
    const loop = keepWatchedSchedule({ heartbeats }, { ...database, ...changes }, context, stop.signal);
    loop.catch(() => {});
    return loop;
  };
  const setStopping = () => {
    isStopping = true;
  };
  return { clock, get, start, stop, unseen, setStopping };
}

test('/healthz is well while the loop turns, for days', async () => {
  let runs = 0;
  const { clock, get, start, stop } = setUp(async () => void runs++);
  start();
  for (let hour = 0; hour < 72; hour++) {
    await clock.advance(HOUR);
    expect(await get('/healthz')).toBe('200 ok\n');
  }
  expect(runs).toBe(3);
  stop.abort();
});

test('/healthz turns bad when the loop stops turning, and well again when it goes on', async () => {
  const { clock, get, start, stop } = setUp(async () => {});
  start();
  await clock.advance(0);
  // The time passes and nobody wakes the loop, which meant to sleep for five minutes.
  clock.set(clock.now() + 5 * MINUTE + OVERSLEPT);
  expect(await get('/healthz')).toBe('200 ok\n');
  clock.set(clock.now() + 1000);
  expect(await get('/healthz')).toBe('503 the schedule of shop has not run for 2m 1s\n');
  await clock.advance(0);
  expect(await get('/healthz')).toBe('200 ok\n');
  stop.abort();
});

test('a run is not judged, however long it takes; its loop is, from then on', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { clock, get, start, stop } = setUp(() => promise);
  start();
  await clock.advance(HOUR);
  clock.set(clock.now() + 48 * HOUR);
  expect(await get('/healthz')).toBe('200 ok\n');
  resolve();
  await clock.advance(0);
  clock.set(clock.now() + 10 * MINUTE);
  expect(await get('/healthz')).toMatch(/^503 the schedule of shop has not run for/);
  stop.abort();
});

test('so is a bucket that answers slowly at the start', async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const { clock, get, start, stop } = setUp(
    async () => {},
    () => promise,
  );
  start({ catchUp: true });
  await clock.advance(0);
  clock.set(clock.now() + HOUR);
  expect(await get('/healthz')).toBe('200 ok\n');
  resolve(clock.now());
  stop.abort();
});

test('a loop that breaks turns /healthz bad', async () => {
  const { clock, get, start } = setUp(async () => {});
  const slots = {
    next: () => {
      throw new Error('a defect');
    },
    latest: () => undefined,
  } as unknown as Slots;
  await expect(start({ slots })).rejects.toThrow('a defect');
  await clock.advance(OVERSLEPT + 1);
  expect(await get('/healthz')).toMatch(/^503 the schedule of shop/);
});

test('a schedule without a further slot has ended, and is not expected to turn', async () => {
  const { clock, get, start } = setUp(async () => {});
  const never = { next: () => undefined, latest: () => undefined } as unknown as Slots;
  await start({ slots: never });
  clock.set(clock.now() + 24 * HOUR);
  expect(await get('/healthz')).toBe('200 ok\n');
});

test('/readyz waits for the bucket of every database, and ends with the daemon', async () => {
  const { get, unseen, setStopping } = setUp(async () => {});
  unseen.add('shop').add('crm');
  expect(await get('/readyz')).toBe(
    '503 the archives of shop have not been seen yet\nthe archives of crm have not been seen yet\n',
  );
  unseen.clear();
  expect(await get('/readyz')).toBe('200 ok\n');
  setStopping();
  expect(await get('/readyz')).toBe('503 stopping\n');
  expect(await get('/healthz')).toBe('200 ok\n');
});
