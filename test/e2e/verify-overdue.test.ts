import { expect, it } from 'vitest';
import { openAdapters } from '../../src/cli/app-context.ts';
import { verifyDue } from '../../src/cli/verify-due.ts';
import { seedArchive } from '../support/seeded-archive.ts';
import { DAY, DaemonInProcess } from './daemon-in-process.ts';

const START = Date.parse('2026-06-01T12:00:00Z');
const CRON = '0 5 * * *';
/** The first slot of the reading back. What was archived before it is overdue then. */
const FIRST_SLOT = Date.parse('2026-07-01T05:00:00Z');

/** So many archives of so many nights, none of which was ever read back; each is to be read in five days. */
async function afterNights(nights: number) {
  const daemon = await DaemonInProcess.open({
    start: START,
    databases: ['shop'],
    env: { VERIFY_WITHIN: '5d', TRANSFER_MAX_ATTEMPTS: '1' },
  });
  daemon.start();
  await daemon.clock.advanceTo(START + nights * DAY);
  await daemon.stop();
  return daemon;
}

/** Works on one slot after the other. */
async function readBack(daemon: DaemonInProcess, slots: number): Promise<void> {
  const context = daemon.surroundings();
  const adapters = openAdapters(daemon.config, context);
  const { config } = daemon;
  const due = { config, cron: CRON, context, store: adapters.store, databases: [], trigger: 'verify' };
  try {
    for (let slot = 0; slot < slots; slot++) {
      await daemon.clock.advanceTo(FIRST_SLOT + slot * DAY);
      await verifyDue(due, new AbortController().signal);
    }
  } finally {
    adapters.close();
  }
}

function keysOf(daemon: DaemonInProcess, event: string): unknown[] {
  return daemon.eventsOf(event).map(({ fields }) => fields.key);
}

it('archives that the store answers with an outage each time cost no other its turn', async () => {
  await using daemon = await afterNights(6);
  const [first, second, ...others] = keysOf(daemon, 'archive.completed').map(String);
  for (const key of [first, second]) {
    const fault = { kind: 'error', code: 'ServiceUnavailable', status: 503 } as const;
    daemon.s3.fail({ operation: 'GetObject', key: key ?? '', fault, times: Number.POSITIVE_INFINITY });
  }
  await readBack(daemon, 5);
  expect(new Set(keysOf(daemon, 'archive.verified'))).toEqual(new Set(others));
  expect(new Set(keysOf(daemon, 'verify.failed'))).toEqual(new Set([first, second]));
});

it('a store that is away is left alone after some archives', async () => {
  await using daemon = await afterNights(1);
  for (let n = 0; n < 20; n++) {
    const identity = { database: 'shop', createdAt: new Date(START - (n + 1) * DAY), backupId: `away${n}` };
    seedArchive(daemon.s3, '', identity, { addonId: 'ad-1', size: 400 });
  }
  daemon.s3.fail({
    operation: 'GetObject',
    key: /\.manifest\.json$/,
    fault: { kind: 'error', code: 'ServiceUnavailable', status: 503 },
    times: Number.POSITIVE_INFINITY,
  });
  await readBack(daemon, 1);
  expect(daemon.eventsOf('verify.started')).toMatchObject([{ fields: { archives: 4 } }]);
  expect(keysOf(daemon, 'verify.failed')).toHaveLength(10);
});

it('archives in cold storage, and lost ones, cost no other its turn, however many there are', async () => {
  await using daemon = await afterNights(2);
  for (let n = 0; n < 240; n++) {
    const identity = { database: 'shop', createdAt: new Date(START - (n + 1) * DAY), backupId: `cold${n}` };
    const key = seedArchive(daemon.s3, '', identity, { addonId: 'ad-1', size: 400 });
    if (n % 2 === 0) await daemon.s3.lose(key);
  }
  daemon.s3.fail({
    operation: 'GetObject',
    key: /cold\d+\.tar\.gz$/,
    fault: { kind: 'error', code: 'InvalidObjectState', status: 403 },
    times: Number.POSITIVE_INFINITY,
  });
  await readBack(daemon, 2);
  expect(new Set(keysOf(daemon, 'archive.verified'))).toEqual(new Set(keysOf(daemon, 'archive.completed')));
});
