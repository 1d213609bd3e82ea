import { expect, test } from 'vitest';
import { parseKey, policyKey } from '../../src/model/archive-key.ts';
import { DAY, DaemonInProcess, HOUR, MINUTE } from '../e2e/daemon-in-process.ts';
import { naivelyKept } from '../retention/naive-policy.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { haveOutages, type Outage, randomOutages, touches, union } from './outages.ts';

const START = Date.parse('2026-01-01T12:00:00Z');
const END = Date.parse('2027-01-01T12:00:00Z');
/** Jitter, the run, and the tries of a Scalingo that has just come back. */
const SLACK = 40 * MINUTE;
const POLICY = {
  RETENTION_KEEP_DAILY: '7',
  RETENTION_KEEP_WEEKLY: '5',
  RETENTION_KEEP_MONTHLY: '12',
  RETENTION_KEEP_YEARLY: '3',
  RETENTION_MIN_KEEP: '3',
  RETENTION_TIMEZONE: 'Europe/Paris',
};
const SCHEDULE = { SCHEDULE_CRON: '30 2 * * *', SCHEDULE_TIMEZONE: 'Europe/Paris', SCHEDULE_JITTER: '10m' };

/** An archive as its manifest came to the bucket. */
interface Archived {
  readonly at: number;
  readonly backupId: string;
  readonly createdAt: Date;
}

test('a year of nights with 30 outages: no slot is lost, none is done twice, and the policy holds', async () => {
  const begun = performance.now();
  await using daemon = await DaemonInProcess.open({
    start: START,
    databases: ['shop'],
    env: { ...POLICY, ...SCHEDULE },
  });
  const slots = nightsInParis();
  const outages = randomOutages(30, slots, seededRandom(2026));
  daemon.start();
  const happening = haveOutages(daemon, outages);
  await daemon.clock.advanceTo(END);
  await happening;
  const seconds = (performance.now() - begun) / 1000;
  const archived = archivedIn(daemon);
  process.stdout.write(
    `a year: ${slots.length} slots, ${outages.length} outages, ${archived.length} archives, ${daemon.s3.requests.length + daemon.scalingo.requests.length} requests, ${seconds.toFixed(0)} s\n`,
  );

  // The bucket holds what the policy promises for all that was ever archived, and nothing else.
  const newest = archived.toSorted((a, b) => Number(b.createdAt) - Number(a.createdAt));
  const promised = naivelyKept(newest, daemon.config.retention);
  for (const archive of newest.slice(0, 3)) promised.add(archive);
  expect(archivesIn(daemon)).toEqual([...promised].map(({ backupId }) => backupId).sort());
  expect(daemon.s3.uploads()).toEqual([]);

  // Every night that no outage touched was done in its time, and no night was done twice.
  const quiet = slots.filter((slot) => !touches(outages, slot, slot + SLACK));
  expect(quiet.length).toBeGreaterThan(300);
  const doneIn = (from: number, to: number) => archived.filter(({ at }) => at >= from && at < to).length;
  expect(quiet.filter((slot) => doneIn(slot, slot + SLACK) !== 1).map(iso)).toEqual([]);
  const ends = [...slots.slice(1), END];
  expect(slots.filter((slot, index) => doneIn(slot, ends[index] ?? END) > 1).map(iso)).toEqual([]);
  expect(new Set(archived.map(({ backupId }) => backupId)).size).toBe(archived.length);

  // A night on which Scalingo was away for hours is made up for once it is back.
  const others = outages.filter(({ kind }) => kind !== 'scalingo');
  const retried = slots.filter((slot, index) => {
    const next = ends[index] ?? END;
    const isAwayAtLast = touches(outages, next - 3 * HOUR, next);
    return !touches(others, slot, next) && !isAwayAtLast && touches(outages, slot, slot + MINUTE);
  });
  expect(retried.length).toBeGreaterThan(2);
  expect(retried.filter((slot) => doneIn(slot, ends[slots.indexOf(slot)] ?? END) !== 1).map(iso)).toEqual([]);

  // What the daemon was down for, it made up for when it came back.
  const missed = comebacks(outages, slots);
  expect(missed.length).toBeGreaterThan(2);
  expect(missed.filter((back) => doneIn(back, back + SLACK) !== 1).map(iso)).toEqual([]);

  // Nothing was made at Scalingo for nothing: at most one backup for each time that a run was begun anew.
  const made = daemon.scalingo.requestsOf('create').filter(({ status }) => status === 201);
  expect(made.length).toBeGreaterThanOrEqual(archived.length);
  expect(slots.filter((slot, index) => between(made, slot, ends[index] ?? END) > 1).map(iso)).toEqual([]);
}, 900_000);

/** 02:30 in Paris on every day of the year: at 03:00 where there is none, the first of two where there are. */
function nightsInParis(): number[] {
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Paris', hour: 'numeric' });
  const nights: number[] = [];
  for (let midnight = Date.parse('2026-01-02T00:00Z'); midnight < END; midnight += DAY) {
    // 02:30 is 00:30 UTC in summer, else 01:30; on the night of the change to summer 02:00 to 03:00 is missing.
    const [summer, winter] = [midnight + HOUR / 2, midnight + 1.5 * HOUR];
    const isMissing = Number(hour.format(winter)) === 3 && Number(hour.format(summer)) === 1;
    nights.push(isMissing ? midnight + HOUR : Number(hour.format(summer)) === 2 ? summer : winter);
  }
  return nights;
}

/** Every archive that was ever made, from what the store has seen. */
function archivedIn(daemon: DaemonInProcess): Archived[] {
  return daemon.eventsOf('archive.completed').map(({ at, fields }) => {
    const parsed = parseKey('', String(fields.key));
    if (parsed === undefined) throw new Error(`${fields.key} is no key`);
    return { at, backupId: parsed.backupId, createdAt: parsed.createdAt };
  });
}

/** Ids of the archives in the bucket, each with its object and its manifest; nothing else is there. */
function archivesIn(daemon: DaemonInProcess): string[] {
  const all = daemon.s3.keys().filter((key) => key !== policyKey('', 'shop'));
  const keys = all.flatMap((key) => parseKey('', key) ?? []);
  expect(keys).toHaveLength(all.length);
  const ids = (kind: string) =>
    keys
      .filter((key) => key.kind === kind)
      .map(({ backupId }) => backupId)
      .sort();
  expect(ids('manifest')).toEqual(ids('archive'));
  return ids('archive');
}

/** When the daemon came back from having missed a slot, where nothing else was out of order then. */
function comebacks(outages: readonly Outage[], slots: readonly number[]): number[] {
  const others = outages.filter(({ kind }) => kind !== 'daemon');
  return union(outages.filter(({ kind }) => kind === 'daemon'))
    .filter(({ from, to }) => slots.some((slot) => from < slot && slot + 10 * MINUTE < to))
    .map(({ to }) => to)
    .filter((back) => !touches(others, back, back + SLACK))
    .filter((back) => !slots.some((slot) => slot > back - SLACK && slot < back + SLACK));
}

function between(requests: readonly { at: number }[], from: number, to: number): number {
  return requests.filter(({ at }) => at >= from && at < to).length;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
