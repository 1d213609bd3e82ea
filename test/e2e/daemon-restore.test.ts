import { expect, test } from 'vitest';
import { DAY, DaemonInProcess, HOUR, MINUTE } from './daemon-in-process.ts';

const START = Date.parse('2026-06-01T12:00:00Z');
/** The first slot of the restore tests, after the first night. */
const SLOT = Date.parse('2026-06-02T06:00:00Z');
/** Nothing listens there. */
const NOWHERE = 'postgresql://tester:an-example@127.0.0.1:1/postgres';

function open(
  env: Readonly<Record<string, string>> = {},
  databases: readonly string[] = ['shop'],
): Promise<DaemonInProcess> {
  const restore = { RESTORE_TEST_CRON: '0 6 * * *', RESTORE_TEST_POSTGRESQL_URL: NOWHERE };
  return DaemonInProcess.open({
    start: START,
    databases,
    env: { SCHEDULE_RETRY_AFTER: '0', ...restore, ...env },
  });
}

/** The clock does not wait for what the clients of a database do: it goes on in small steps until so many are in the log. */
async function untilFailed(daemon: DaemonInProcess, count: number): Promise<void> {
  for (let step = 0; daemon.eventsOf('restore.failed').length < count; step++) {
    expect(step).toBeLessThan(1_000);
    await daemon.clock.advance(1_000);
  }
}

test('the newest archive is tried in each slot, and the nights go on whatever comes of it', async () => {
  await using daemon = await open();
  daemon.start();
  await daemon.clock.advanceTo(SLOT - MINUTE);
  expect(daemon.eventsOf('restore.failed')).toEqual([]);
  const [first] = daemon.eventsOf('archive.completed');
  await daemon.clock.advanceTo(SLOT + MINUTE);
  await untilFailed(daemon, 1);
  const [failed, ...others] = daemon.eventsOf('restore.failed');
  expect(others).toEqual([]);
  expect(failed?.fields).toMatchObject({
    trigger: 'restore-test',
    database: 'shop',
    key: first?.fields.key,
    // The made-up archive has no dump that a client could take.
    error: { code: 'restore.unsupported' },
  });
  for (const day of [1, 2]) {
    await daemon.clock.advanceTo(SLOT + day * DAY + MINUTE);
    await untilFailed(daemon, day + 1);
  }
  const tried = daemon.eventsOf('restore.failed').map(({ fields }) => fields.key);
  expect(tried).toEqual(daemon.eventsOf('archive.completed').map(({ fields }) => fields.key));
  expect(tried).toHaveLength(3);
});

test('a retry is of what met an outage, and of nothing else', async () => {
  await using daemon = await open({ SCHEDULE_RETRY_AFTER: '30m' }, ['shop', 'crm', 'blog']);
  daemon.start();
  await daemon.clock.advanceTo(SLOT - MINUTE);
  const made = daemon.eventsOf('archive.completed').map(({ fields }) => fields);
  const key = String(made.find(({ database }) => database === 'crm')?.key);
  const reads = { operation: 'GetObject', key: key.replace('.tar.gz', '.manifest.json') } as const;
  const fault = { kind: 'error', code: 'ServiceUnavailable', status: 503 } as const;
  // A request is tried five times, on the system's clock; the last of them has to fail too.
  daemon.s3.fail({ ...reads, fault, times: 5 });
  const tried = () =>
    daemon.eventsOf('restore.failed').map(({ fields: { trigger, database } }) => `${trigger} ${database}`);
  const givenUp = daemon.s3.seen(reads, daemon.s3.requested(reads).length + 5);
  await daemon.clock.advanceTo(SLOT);
  await givenUp;
  await untilFailed(daemon, 3);
  await daemon.clock.advanceTo(SLOT + HOUR);
  await untilFailed(daemon, 4);
  const first = ['restore-test shop', 'restore-test crm', 'restore-test blog'];
  expect(tried()).toEqual([...first, 'restore-test-retry crm']);
  // The next slot begins anew.
  await daemon.clock.advanceTo(SLOT + DAY + MINUTE);
  await untilFailed(daemon, 7);
  expect(tried()).toEqual([...first, 'restore-test-retry crm', ...first]);
});

test('without an archive there is nothing to try, and that is said', async () => {
  await using daemon = await open({ SCHEDULE_CRON: '0 12 * * *' });
  daemon.start();
  await daemon.clock.advanceTo(SLOT + MINUTE);
  expect(daemon.eventsOf('restore.failed')).toMatchObject([
    { fields: { trigger: 'restore-test', error: { code: 'archive.not_found' } } },
  ]);
});

test('no schedule, no restore test', async () => {
  await using daemon = await open({ RESTORE_TEST_CRON: '' });
  daemon.start();
  await daemon.clock.advanceTo(SLOT + HOUR);
  expect(daemon.eventsOf('restore.failed', 'restore.skipped')).toEqual([]);
});
