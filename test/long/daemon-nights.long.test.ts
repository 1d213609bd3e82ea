import { describe, expect, test } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { forbidden } from '../../sandbox/scalingo/fault.ts';
import { pruneVerb } from '../../src/cli/commands/prune.ts';
import { parseKey } from '../../src/model/archive-key.ts';
import { DAY, DaemonInProcess, HOUR, MINUTE } from '../e2e/daemon-in-process.ts';
import { seedArchive } from '../support/seeded-archive.ts';

const START = Date.parse('2026-06-01T12:00:00Z');
const HOLD_ON = { SCHEDULE_CATCH_UP: 'false' };

/** `02T03:00 shop`: when each run of whom began. */
function runs(daemon: DaemonInProcess): string[] {
  return daemon
    .eventsOf('run.started')
    .map(({ at, fields }) => `${new Date(at).toISOString().slice(8, 16)} ${fields.databases}`);
}

/** Archives of a database in the bucket, by the time of their backup. */
function archives(daemon: DaemonInProcess, name = 'shop'): string[] {
  return daemon.s3
    .keys()
    .flatMap((key) => parseKey('', key) ?? [])
    .filter(({ kind, database }) => kind === 'manifest' && database === name)
    .map(({ createdAt }) => createdAt.toISOString().slice(5, 16));
}

describe('several databases', () => {
  test('are each run by their own schedule, in their own zone', async () => {
    await using daemon = await DaemonInProcess.open({
      start: START,
      databases: ['shop', 'wiki'],
      env: { ...HOLD_ON, SCHEDULE_CRON: '0 3 * * *' },
      overrides: { wiki: { schedule: { cron: '30 */8 * * *', timezone: 'Asia/Kathmandu' } } },
    });
    daemon.start();
    await daemon.clock.advanceTo(START + DAY);
    expect(runs(daemon)).toEqual(['01T18:45 wiki', '02T02:45 wiki', '02T03:00 shop', '02T10:45 wiki']);
  });

  test('are worked on so many at once, and none twice at a time', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    await using daemon = await DaemonInProcess.open({
      start: START,
      databases: names,
      env: { ...HOLD_ON, CONCURRENCY: '2' },
    });
    daemon.start();
    await daemon.clock.advanceTo(START + DAY);
    let atOnce = 0;
    const counts = daemon
      .eventsOf('run.started', 'run.completed')
      .map(({ event }) => (event === 'run.started' ? ++atOnce : atOnce--));
    expect(Math.max(...counts)).toBe(2);
    expect(runs(daemon)).toHaveLength(5);
    expect(names.map((name) => archives(daemon, name).length)).toEqual([1, 1, 1, 1, 1]);
  });

  test('are not held up by one that fails, nor is its own next night', async () => {
    await using daemon = await DaemonInProcess.open({
      start: START,
      databases: ['shop', 'wiki'],
      env: { ...HOLD_ON, CONCURRENCY: '1' },
    });
    // A refusal is a verdict when it is given twice.
    daemon.database('shop').fail('create', forbidden(), 2);
    daemon.start();
    await daemon.clock.advanceTo(START + 2 * DAY);
    expect(archives(daemon, 'shop')).toEqual(['06-03T03:00']);
    expect(archives(daemon, 'wiki')).toHaveLength(2);
    expect(daemon.eventsOf('run.failed')).toHaveLength(1);
  });

  test('a run still in line when the signal comes counts as cut short', async () => {
    await using daemon = await DaemonInProcess.open({
      start: START,
      databases: ['shop', 'wiki'],
      env: { SCHEDULE_RUN_ON_START: 'true', CONCURRENCY: '1' },
    });
    daemon.start();
    await daemon.clock.advanceTo(START + 3000);
    const stopped = daemon.stop();
    await daemon.clock.advanceUntil(stopped);
    expect(await stopped).toBe(true);
    expect(runs(daemon)).toHaveLength(1);
  });
});

test('a run that is longer than the interval is followed by one that makes up for what it ran over', async () => {
  await using daemon = await DaemonInProcess.open({
    start: START,
    databases: ['shop'],
    env: { ...HOLD_ON, SCHEDULE_CRON: '*/5 * * * *', BACKUP_REUSE_WITHIN: '0' },
  });
  daemon.database('shop').nextBackups({}, { timeline: { scheduledMs: 0, runningMs: 12 * MINUTE } });
  daemon.start();
  await daemon.clock.advanceTo(START + 32 * MINUTE);
  // Those of 12:15 and 12:20 passed meanwhile.
  expect(runs(daemon).map((run) => run.slice(3, 8))).toEqual(['12:05', '12:10', '12:22', '12:25', '12:30']);
});

describe('a prune beside the daemon', () => {
  test('waits for the lease of a run, and gives up while it is held', async () => {
    await using daemon = await DaemonInProcess.open({
      start: START,
      databases: ['shop'],
      env: { SCHEDULE_RUN_ON_START: 'true', RETENTION_KEEP_LAST: '2' },
    });
    const { id } = daemon.database('shop');
    for (const days of [1, 2, 3]) {
      const createdAt = new Date(START - days * DAY);
      seedArchive(
        daemon.s3,
        '',
        { database: 'shop', createdAt, backupId: `b${days}` },
        { addonId: id, size: 9 },
      );
    }
    daemon.database('shop').nextBackups({ timeline: { scheduledMs: 0, runningMs: 10 * MINUTE } });
    daemon.start();
    await daemon.clock.advanceTo(START + MINUTE);
    const answers: string[] = [];
    const invocation = {
      verb: 'prune',
      configFile: undefined,
      printConfig: false,
      flags: {},
      operands: [],
      deep: false,
      databases: [],
      shard: undefined,
      json: false,
      dryRun: false,
      yes: false,
    } as const;
    const pruning = pruneVerb(
      daemon.config,
      invocation,
      daemon.surroundings(),
      async (text) => answers.push(text) > 0,
    );
    await daemon.clock.advanceUntil(pruning);
    expect(await pruning).toBe(1);
    expect(answers.join('')).toContain('shop: shop is being worked on by run');
    expect(daemon.eventsOf('lock.held')).toHaveLength(1);
    expect(daemon.clock.now() - START).toBeLessThan(2 * MINUTE);
    expect(archives(daemon)).toHaveLength(3);
    // The run's own retention comes with its end.
    await daemon.clock.advanceTo(START + HOUR);
    expect(archives(daemon)).toEqual(['05-31T12:00', '06-01T12:00']);
  });
});

describe('a run whose archiving fails', () => {
  test('prunes nothing', async () => {
    await using daemon = await DaemonInProcess.open({
      start: START,
      databases: ['shop'],
      env: { ...HOLD_ON, RETENTION_KEEP_LAST: '2' },
    });
    const { id } = daemon.database('shop');
    for (const days of [1, 2, 3, 4]) {
      const createdAt = new Date(START - days * DAY);
      seedArchive(
        daemon.s3,
        '',
        { database: 'shop', createdAt, backupId: `b${days}` },
        { addonId: id, size: 9 },
      );
    }
    daemon.database('shop').nextBackups({ outcome: 'error' });
    daemon.start();
    await daemon.clock.advanceTo(START + DAY);
    expect(daemon.eventsOf('run.failed')).toHaveLength(1);
    expect(daemon.eventsOf('retention.planned')).toEqual([]);
    expect(archives(daemon)).toHaveLength(4);
    await daemon.clock.advanceTo(START + 2 * DAY);
    // Three of five would be more than half at once: the new one alone does not change that.
    expect(daemon.eventsOf('retention.failed')[0]?.fields.error).toMatchObject({ code: 'retention.refused' });
    expect(daemon.eventsOf('archive.failed')).toHaveLength(1);
    expect(archives(daemon)).toHaveLength(5);
  });

  test('and one whose retention fails has archived all the same; the next night makes up for it', async () => {
    await using daemon = await DaemonInProcess.open({
      start: START,
      databases: ['shop'],
      env: { ...HOLD_ON, RETENTION_KEEP_LAST: '3' },
    });
    daemon.s3.fail({
      operation: 'DeleteObject',
      key: /shop\/.*manifest/,
      fault: { kind: 'error', code: 'AccessDenied' },
    });
    daemon.start();
    await daemon.clock.advanceTo(START + 4 * DAY);
    expect(daemon.eventsOf('retention.failed')).toMatchObject([
      { fields: { error: { code: 's3.forbidden' } } },
    ]);
    expect(daemon.eventsOf('archive.failed')).toEqual([]);
    expect(daemon.eventsOf('run.failed').at(-1)?.fields.databases).toMatchObject([
      { database: 'shop', status: 'failed', code: 'retention.failed' },
    ]);
    expect(archives(daemon)).toHaveLength(4);
    await daemon.clock.advanceTo(START + 5 * DAY);
    expect(archives(daemon)).toEqual(['06-04T03:00', '06-05T03:00', '06-06T03:00']);
  });
});

test('what is left of a deletion is not archived anew: the night makes its own backup', async () => {
  await using daemon = await DaemonInProcess.open({
    start: START,
    databases: ['shop'],
    env: { ...HOLD_ON, RETENTION_KEEP_LAST: '3' },
  });
  daemon.start();
  await daemon.clock.advanceTo(START + 3 * DAY);
  const stopping = daemon.s3
    .seen({ operation: 'DeleteObject', key: /shop\/2026-06-02.*gz/ })
    .then(() => daemon.stop());
  daemon.s3.fail({ operation: 'DeleteObject', key: /shop\/2026-06-02.*gz/, fault: { kind: 'hang' } });
  await daemon.clock.advanceUntil(stopping);
  expect(daemon.s3.keys().filter((key) => key.includes('2026-06-02'))).toHaveLength(1);

  daemon.start();
  await daemon.clock.advanceTo(START + 5 * DAY);
  expect(daemon.eventsOf('backup.adopted')).toEqual([]);
  expect(archives(daemon)).toEqual(['06-04T03:00', '06-05T03:00', '06-06T03:00']);
  // Scalingo still lists its backup, but the policy would not keep it: no run adopts it, and it is swept.
  expect(daemon.eventsOf('retention.swept')).toHaveLength(1);
  expect(daemon.s3.keys().filter((key) => key.includes('2026-06-02'))).toEqual([]);
});

test('mirror fetches what the policy would keep, and nothing else', async () => {
  await using daemon = await DaemonInProcess.open({
    start: START,
    databases: ['shop'],
    env: { ...HOLD_ON, BACKUP_MODE: 'mirror', RETENTION_KEEP_DAILY: '3', RETENTION_KEEP_MONTHLY: '2' },
  });
  const shop = daemon.database('shop');
  for (let hours = 0; hours < 40 * 24; hours += 12) {
    const createdAt = START - hours * HOUR;
    shop.addBackup({ createdAt, archive: syntheticArchive({ size: 400, seed: String(hours) }) });
  }
  daemon.start();
  await daemon.clock.advanceTo(START + DAY);
  // The last of each of three days, and of two months; the month before last is not asked for.
  expect(archives(daemon)).toEqual(['05-30T12:00', '05-31T12:00', '06-01T12:00']);
  expect(daemon.scalingo.count('download')).toBe(3);
  expect(daemon.eventsOf('retention.deleted')).toEqual([]);
  expect(daemon.scalingo.count('create')).toBe(0);
});

describe('the quota of manual backups', () => {
  const warned = (daemon: DaemonInProcess) => daemon.eventsOf('backup.quota_near');

  test('is warned of when a backup made by hand is about to be pushed out', async () => {
    await using daemon = await DaemonInProcess.open({ start: START, databases: ['shop'], env: HOLD_ON });
    const byHand = daemon.database('shop').addBackup({ createdAt: START - HOUR, method: 'manual' });
    daemon.start();
    await daemon.clock.advanceTo(START + 8 * DAY);
    expect(warned(daemon)).toEqual([]);
    await daemon.clock.advanceTo(START + 12 * DAY);
    expect(warned(daemon).map(({ fields }) => [fields.manual, fields.limit, fields.backupId])).toEqual([
      [9, 10, byHand.id],
      [10, 10, byHand.id],
    ]);
    expect(daemon.database('shop').backup(byHand.id)).toBeUndefined();
  });

  test('is no matter where only its own backups roll, also those that the policy has let go', async () => {
    await using daemon = await DaemonInProcess.open({
      start: START,
      databases: ['shop'],
      env: { ...HOLD_ON, RETENTION_KEEP_LAST: '3' },
    });
    daemon.start();
    await daemon.clock.advanceTo(START + 14 * DAY);
    expect(daemon.database('shop').backups).toHaveLength(10);
    expect(warned(daemon)).toEqual([]);
  });

  test('is larger on a business plan', async () => {
    await using daemon = await DaemonInProcess.open({ start: START, databases: ['shop'], env: HOLD_ON });
    const shop = daemon.database('shop');
    shop.plan = 'postgresql-business-1024';
    shop.manualLimit = 50;
    for (let n = 0; n < 48; n++) shop.addBackup({ createdAt: START - (n + 2) * HOUR, method: 'manual' });
    daemon.start();
    await daemon.clock.advanceTo(START + 2 * DAY);
    expect(warned(daemon).map(({ fields }) => [fields.manual, fields.limit])).toEqual([[49, 50]]);
  });
});
