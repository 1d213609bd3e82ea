import { ArchiverError, hasKind } from '../../model/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { LEASE_TIME, type LeaseRecord, type LeaseStore, type StoredLease } from '../../ports/lease.ts';

const RENEW_EVERY = LEASE_TIME / 3;
/** Between two looks at a lease that is held, and between two tries of a renewal that failed. */
const LOOK_EVERY = 2_000;
/** Not renewed for so long, it is given up: what is under way must have ended before another may begin. */
const GIVE_UP_AFTER = LEASE_TIME - 5_000;
/** What was slept is known to this precision, and a clock that was set is seen within it. */
const LONGEST_STEP = 2_500;

/** Who we are, for the lease. */
export interface LeaseHolder {
  readonly holder: string;
  readonly host: string;
  readonly pid: number;
  readonly processTable: string | null;
  /** Whether a process of our own process table is alive. */
  isAlive(pid: number): boolean;
}

export interface LeaseContext {
  readonly database: string;
  readonly store: LeaseStore;
  readonly holder: LeaseHolder;
  readonly clock: Clock;
  readonly log: EventLog;
}

/** A moment by each clock that we have, in milliseconds. */
interface Moment {
  readonly wall: number;
  readonly elapsed: number;
  /** What we have slept until then. */
  readonly slept: number;
}

/**
 * Runs `work` while holding the database's lease, so that two runs never work on one database at once. Its
 * signal is aborted when `signal` is, or when the lease is lost.
 *
 * No clock is compared with another: a lease is dead when its object has not changed for one lease time, by
 * the waiter's own count, or when its holder was a process of this very process table that is gone.
 * @throws ArchiverError `lock.held`, `lock.lost`; what `work` throws; StoreError
 */
export async function withLease<Result>(
  context: LeaseContext,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const acquired = await acquire(context, signal);
  const lost = new AbortController();
  const over = new AbortController();
  const keeping = keep(context, acquired, AbortSignal.any([signal, over.signal]), lost);
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    over.abort();
    await keeping;
    if (!lost.signal.aborted) await release(context);
  }
}

/** @returns when it was acquired, or a moment before */
async function acquire(context: LeaseContext, signal: AbortSignal): Promise<Moment> {
  const { clock, log, store, database } = context;
  let seen: { version: string; since: number } | undefined;
  // Time that was waited, not what the wall clock says of it: that may be set meanwhile, and a living lease must
  // not be taken for a dead one.
  let waited = 0;
  for (;;) {
    const stored = await store.readLease(database, signal);
    if (stored !== undefined && stored.version !== seen?.version) {
      if (seen === undefined)
        log.info('lock.waiting', describe(stored), `${database} is locked: waiting for one lease time`);
      seen = { version: stored.version, since: waited };
    }
    const stoodStill = waited - (seen?.since ?? waited);
    // Our own: it was written, and not shown when it was read.
    const isOurs = stored?.record?.holder === context.holder.holder;
    if (stored === undefined || isOurs || isGone(stored, context.holder) || stoodStill >= LEASE_TIME) {
      const acquired = { wall: clock.now(), elapsed: clock.elapsed(), slept: 0 };
      if (await write(context, stored?.version, acquired.wall, signal)) return acquired;
    }
    // Also where the store contradicts itself, and shows no lease to the reader and one to the writer.
    if (waited >= LEASE_TIME + LOOK_EVERY) throw held(context, stored);
    await clock.sleep(LOOK_EVERY, signal);
    waited += LOOK_EVERY;
  }
}

/** @returns whether the lease is ours then; not so where another was quicker */
async function write(
  context: LeaseContext,
  replaces: string | undefined,
  acquiredAt: number,
  signal: AbortSignal,
): Promise<boolean> {
  const { store, database, holder } = context;
  try {
    await store.writeLease(database, recordOf(context, acquiredAt), replaces, signal);
  } catch (error) {
    // It may be our own write that was quicker: one whose response was lost, so that it was sent again.
    if (!hasKind(error, 'conflict', 'not-found')) throw error;
  }
  // Some stores ignore conditions: there, the last writer holds it.
  const now = await store.readLease(database, signal);
  return now?.record?.holder === holder.holder;
}

/**
 * Renews the lease until `until`, and aborts `lost` when it is another's or has not been renewed in time.
 *
 * Whether it was renewed in time, the clock says that cannot be set and goes on while the machine is suspended, or what
 * was slept, where that is more. The wall clock says only that the store is asked sooner: it may have been set, or the
 * whole virtual machine was paused, its other clocks too.
 */
async function keep(
  context: LeaseContext,
  acquired: Moment,
  until: AbortSignal,
  lost: AbortController,
): Promise<void> {
  const { clock, log } = context;
  let renewed = acquired;
  let { slept } = acquired;
  const moment = (): Moment => ({ wall: clock.now(), elapsed: clock.elapsed(), slept });
  const sinceThen = (then: Moment) => Math.max(clock.elapsed() - then.elapsed, slept - then.slept);
  // A watch of its own: a renewal that the store never answers must not take longer than the lease lasts.
  const expire = async (): Promise<ArchiverError> => {
    for (;;) {
      const left = GIVE_UP_AFTER - sinceThen(renewed);
      if (left <= 0) return lostBy(context, 'because it could not be renewed in time');
      const step = Math.min(left, LONGEST_STEP);
      await clock.sleep(step, until);
      slept += step;
    }
  };
  const wait = async (milliseconds: number) => {
    const begun = moment();
    for (;;) {
      const left = milliseconds - Math.max(sinceThen(begun), clock.now() - begun.wall);
      if (left <= 0) return;
      await clock.sleep(Math.min(left, LONGEST_STEP), until);
    }
  };
  const renew = async (): Promise<ArchiverError> => {
    for (let pause = RENEW_EVERY; ; ) {
      await wait(pause);
      const asked = moment();
      try {
        if (!(await renewOnce(context, acquired.wall, until))) return lostBy(context, 'to another run');
        renewed = asked;
        pause = RENEW_EVERY;
      } catch (error) {
        if (until.aborted) throw until.reason;
        log.warn('lock.renewal_failed', { error }, 'the lease could not be renewed: trying again');
        pause = LOOK_EVERY;
      }
    }
  };
  const watches = [expire(), renew()];
  await Promise.race(watches).then(
    (error) => lost.abort(error),
    () => {},
  );
  // Nothing of ours is on its way any more when the lease is released.
  await Promise.allSettled(watches);
}

/** @returns false where another run holds it */
async function renewOnce(context: LeaseContext, acquiredAt: number, signal: AbortSignal): Promise<boolean> {
  const { store, database, holder } = context;
  const stored = await store.readLease(database, signal);
  if (stored !== undefined && stored.record?.holder !== holder.holder) return false;
  return write(context, stored?.version, acquiredAt, signal);
}

function lostBy({ database }: LeaseContext, why: string): ArchiverError {
  return new ArchiverError('lock.lost', `the lease of ${database} was lost ${why}: the work is stopped`, {
    hint: "Two runs on one database would get in each other's way. The next run goes on from the bucket.",
  });
}

async function release({ store, database, log }: LeaseContext): Promise<void> {
  try {
    await store.removeLease(database, AbortSignal.timeout(LEASE_TIME / 2));
  } catch (error) {
    log.warn('lock.release_failed', { error }, 'the lease could not be removed: it ends by itself');
  }
}

function isGone({ record }: StoredLease, holder: LeaseHolder): boolean {
  if (record === null || record.processTable === null || record.processTable !== holder.processTable)
    return false;
  return !holder.isAlive(record.pid);
}

function recordOf({ holder, clock }: LeaseContext, acquiredAt: number): LeaseRecord {
  const { holder: name, host, pid, processTable } = holder;
  return {
    ...{ holder: name, host, pid, processTable },
    acquiredAt: new Date(acquiredAt).toISOString(),
    renewedAt: new Date(clock.now()).toISOString(),
  };
}

function describe({ record }: StoredLease): Record<string, unknown> {
  return record === null
    ? {}
    : { heldBy: record.holder, host: record.host, pid: record.pid, renewedAt: record.renewedAt };
}

function unclear({ database, log }: Pick<LeaseContext, 'database' | 'log'>): ArchiverError {
  const what = `${database} cannot be locked: the store shows no lease, and refuses to write one`;
  log.error('lock.held', {}, what);
  return new ArchiverError('lock.held', what, {
    hint: 'The store contradicts itself about <prefix>.locks/: look whether a proxy or a cache answers in its place.',
  });
}

function held({ database, log }: LeaseContext, stored: StoredLease | undefined): ArchiverError {
  if (stored === undefined) return unclear({ database, log });
  const details = describe(stored);
  log.error('lock.held', details, `${database} is being worked on by another run`);
  const where =
    stored.record === null ? 'another run' : `run ${stored.record.holder} on ${stored.record.host}`;
  return new ArchiverError('lock.held', `${database} is being worked on by ${where}`, {
    hint: 'Two schedules overlap, or a daemon and a CronJob do the same work.',
    details,
  });
}
