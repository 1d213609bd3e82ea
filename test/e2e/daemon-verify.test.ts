import { expect, test } from 'vitest';
import { DAY, DaemonInProcess, HOUR, MINUTE } from './daemon-in-process.ts';

const START = Date.parse('2026-06-01T12:00:00Z');
/** The first slot of the reading back. */
const SLOT = Date.parse('2026-06-02T05:00:00Z');

/** A daemon that archives at 03:00 and reads back at 05:00, each archive once in five days. */
function open(
  env: Readonly<Record<string, string>> = {},
  databases: readonly string[] = ['shop'],
): Promise<DaemonInProcess> {
  const verify = { VERIFY_CRON: '0 5 * * *', VERIFY_WITHIN: '5d' };
  return DaemonInProcess.open({ start: START, databases, env: { ...verify, ...env } });
}

/** When each archive was read back, by its key; in milliseconds. */
function readings(daemon: DaemonInProcess): Map<string, number[]> {
  const read = new Map<string, number[]>();
  for (const { at, fields } of daemon.eventsOf('archive.verified', 'verify.failed')) {
    const key = String(fields.key);
    read.set(key, [...(read.get(key) ?? []), at]);
  }
  return read;
}

function archivedAt(daemon: DaemonInProcess): Map<string, number> {
  return new Map(daemon.eventsOf('archive.completed').map(({ at, fields }) => [String(fields.key), at]));
}

test('each archive is read back once in the time, some in each slot', async () => {
  await using daemon = await open();
  daemon.start();
  await daemon.clock.advanceTo(START + 12 * DAY);
  const read = readings(daemon);
  const archived = archivedAt(daemon);
  expect(archived.size).toBe(12);
  for (const [key, since] of archived) {
    const times = [since, ...(read.get(key) ?? []), daemon.clock.now()];
    for (const [index, at] of times.slice(1).entries()) {
      expect(at - (times[index] ?? 0), key).toBeLessThanOrEqual(5 * DAY);
    }
  }
  const shares = daemon.eventsOf('verify.completed').map(({ fields }) => Number(fields.archives));
  expect(shares).toHaveLength(12);
  // At the end each slot reads about a fifth of what there is.
  expect(Math.max(...shares)).toBeLessThanOrEqual(5);
  expect(daemon.eventsOf('verify.failed', 'run.failed', 'schedule.skipped')).toEqual([]);
});

test('a damaged archive is found in its turn, and is in the log', async () => {
  await using daemon = await open();
  daemon.start();
  await daemon.clock.advanceTo(SLOT + HOUR);
  const [[key = ''] = []] = [...archivedAt(daemon)];
  await daemon.s3.corrupt(key, 200);
  await daemon.clock.advanceTo(SLOT + 6 * DAY);
  const failed = daemon.eventsOf('verify.failed');
  expect(failed.length).toBeGreaterThan(0);
  for (const { fields } of failed) {
    expect(fields).toMatchObject({
      database: 'shop',
      key,
      deep: true,
      error: { code: 'archive.checksum_mismatch' },
    });
  }
  const ended = daemon.eventsOf('verify.completed').filter(({ fields }) => fields.damaged === 1);
  expect(ended).toHaveLength(failed.length);
  // The nights go on.
  expect(archivedAt(daemon).size).toBe(7);
});

test('a share that the store could not give is read later in the same slot, and not twice', async () => {
  await using daemon = await open();
  daemon.start();
  await daemon.clock.advanceTo(SLOT + 6 * DAY - MINUTE);
  const before = daemon.eventsOf('archive.verified').length;
  const fault = { kind: 'error', code: 'ServiceUnavailable', status: 503 } as const;
  const away = daemon.s3.fail({ fault, times: Number.POSITIVE_INFINITY });
  // A request is tried five times, on the system's clock.
  const lists = { operation: 'ListObjectsV2' } as const;
  const givenUp = daemon.s3.seen(lists, daemon.s3.requested(lists).length + 5);
  await daemon.clock.advanceTo(SLOT + 6 * DAY);
  await givenUp;
  away.cancel();
  await daemon.clock.advanceTo(SLOT + 7 * DAY - MINUTE);
  expect(daemon.eventsOf('verify.failed')).toMatchObject([{ fields: { trigger: 'verify' } }]);
  expect(daemon.eventsOf('schedule.retry')).toMatchObject([{ fields: { attempt: 1 } }]);
  const begun = daemon.eventsOf('verify.started').at(-1)?.fields;
  expect(begun?.trigger).toBe('verify-retry');
  const read = daemon.eventsOf('archive.verified').slice(before);
  expect(read.length).toBeGreaterThan(0);
  expect(read).toHaveLength(Number(begun?.archives));
});

test('an archive that cannot be read costs no other its turn', async () => {
  await using daemon = await open();
  daemon.start();
  await daemon.clock.advanceTo(SLOT + 2 * DAY);
  const [cold = ''] = archivedAt(daemon).keys();
  daemon.s3.fail({
    operation: 'GetObject',
    key: cold,
    fault: { kind: 'error', code: 'InvalidObjectState', status: 403 },
    times: Number.POSITIVE_INFINITY,
  });
  await daemon.clock.advanceTo(SLOT + 9 * DAY);
  const failed = new Set(daemon.eventsOf('verify.failed').map(({ fields }) => fields.key));
  expect([...failed]).toEqual([cold]);
  const read = readings(daemon);
  for (const [key, since] of archivedAt(daemon)) {
    if (since < SLOT + 3 * DAY) expect(read.has(key), key).toBe(true);
  }
});

test('a restart reads on where the bucket says, and a signal cuts a share short', async () => {
  await using daemon = await open();
  daemon.start();
  await daemon.clock.advanceTo(SLOT + 5 * DAY - MINUTE);
  await daemon.stop();
  daemon.start();
  const verified = () => daemon.eventsOf('archive.verified').length;
  const before = verified();
  // What was read in earlier slots is not read again.
  await daemon.clock.advanceTo(SLOT + 5 * DAY - MINUTE + 1);
  expect(verified()).toBe(before);
  const gate = Promise.withResolvers<void>();
  const held = daemon.s3.fail({
    operation: 'GetObject',
    key: /\.tar\.gz$/,
    fault: { kind: 'hold', until: gate.promise },
  });
  const reads = { operation: 'GetObject', key: /\.tar\.gz$/ } as const;
  const reached = daemon.s3.seen(reads, daemon.s3.requested(reads).length + 1);
  const clock = daemon.clock.advanceTo(SLOT + 5 * DAY + MINUTE);
  await reached;
  const cutShort = daemon.stop();
  gate.resolve();
  held.cancel();
  await clock;
  expect(await cutShort).toBe(true);
  expect(verified()).toBe(before);
});

test('what was found is written beside each archive, and goes with it', async () => {
  await using daemon = await open({ RETENTION_KEEP_LAST: '7' });
  daemon.start();
  await daemon.clock.advanceTo(START + 14 * DAY);
  const keys = daemon.s3.keys();
  const archives = keys.filter((key) => key.endsWith('.tar.gz'));
  expect(archives).toHaveLength(7);
  const beside = keys.filter((key) => key.endsWith('.verified.json'));
  expect(beside.length).toBeGreaterThan(0);
  for (const key of beside) expect(archives).toContain(key.replace('.verified.json', '.tar.gz'));
});
