import { expect, test } from 'vitest';
import { openAdapters } from '../../src/cli/app-context.ts';
import { runSchedules } from '../../src/cli/commands/daemon.ts';
import { DAY, DaemonInProcess, HOUR, MINUTE } from './daemon-in-process.ts';

const START = Date.parse('2026-06-01T12:00:00Z');
/** The first slot after the start. */
const SLOT = Date.parse('2026-06-02T03:00:00Z');

function open(env: Readonly<Record<string, string>> = {}, overrides = {}): Promise<DaemonInProcess> {
  return DaemonInProcess.open({ start: START, databases: ['shop'], env, overrides });
}

function begun(daemon: DaemonInProcess): string[] {
  return daemon
    .eventsOf('run.started')
    .map(({ at, fields }) => `${new Date(at).toISOString().slice(8, 16)} ${fields.trigger}`);
}

test('a database that never had an archive waits for its slot', async () => {
  await using daemon = await open();
  daemon.start();
  await daemon.clock.advanceTo(SLOT - MINUTE);
  expect(begun(daemon)).toEqual([]);
  expect(daemon.database('shop').backups).toEqual([]);
  await daemon.clock.advanceTo(SLOT + HOUR);
  expect(begun(daemon)).toEqual(['02T03:00 schedule']);
  expect(daemon.eventsOf('archive.completed')).toHaveLength(1);
});

test('two daemons with the same slot make one backup', async () => {
  await using daemon = await open({ BACKUP_REUSE_WITHIN: '0' });
  daemon.start();
  const context = daemon.surroundings();
  const adapters = openAdapters(daemon.config, context);
  const stop = new AbortController();
  const second = runSchedules(daemon.config, adapters, context, stop.signal);
  await daemon.clock.advanceTo(SLOT + HOUR);
  expect(begun(daemon)).toEqual(['02T03:00 schedule', '02T03:00 schedule']);
  expect(daemon.database('shop').backups).toHaveLength(1);
  expect(daemon.eventsOf('archive.skipped')).toMatchObject([{ fields: { reason: 'since' } }]);
  expect(daemon.eventsOf('run.failed', 'lock.held')).toEqual([]);
  // The next slot is another one.
  await daemon.clock.advanceTo(SLOT + DAY + HOUR);
  expect(daemon.database('shop').backups).toHaveLength(2);
  stop.abort(new Error('SIGTERM'));
  await daemon.clock.advanceUntil(second);
  adapters.close();
});

test('an outage of half an hour at the slot is waited for, then the slot is tried again', async () => {
  await using daemon = await open();
  daemon.start();
  await daemon.clock.advanceTo(SLOT - MINUTE);
  daemon.breakScalingo(true);
  await daemon.clock.advanceTo(SLOT + 30 * MINUTE);
  expect(daemon.eventsOf('run.retried').length).toBeGreaterThan(5);
  const [failed] = daemon.eventsOf('run.failed');
  expect(failed?.at).toBeGreaterThan(SLOT + 4 * MINUTE);
  daemon.breakScalingo(false);
  await daemon.clock.advanceTo(SLOT + 2 * HOUR);
  expect(daemon.eventsOf('schedule.retry')[0]).toMatchObject({
    fields: { database: 'shop', slot: '2026-06-02T03:00:00.000Z', attempt: 1, waitMs: 5 * MINUTE },
  });
  expect(daemon.eventsOf('run.started').at(-1)?.fields.trigger).toBe('retry');
  expect(daemon.eventsOf('archive.completed')).toHaveLength(1);
  expect(daemon.database('shop').backups).toHaveLength(1);
});

test('a slot is not tried again where its database has a retryAfter of 0, or a right is missing', async () => {
  await using never = await open({}, { shop: { schedule: { retryAfter: '0' } } });
  never.start();
  never.breakScalingo(true);
  await never.clock.advanceTo(SLOT + 12 * HOUR);
  expect(never.eventsOf('run.failed')).toHaveLength(1);
  expect(never.eventsOf('schedule.retry')).toEqual([]);
  await using forbidden = await open();
  forbidden.start();
  forbidden.breakBucket();
  await forbidden.clock.advanceTo(SLOT + 12 * HOUR);
  expect(forbidden.eventsOf('run.failed')).toHaveLength(1);
  expect(forbidden.eventsOf('schedule.retry', 'run.retried')).toEqual([]);
});
