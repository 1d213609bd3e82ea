import { ArchiverError, hasKind } from '../../model/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { LEASE_TIME, type LeaseRecord, type LeaseStore, type StoredLease } from '../../ports/lease.ts';

const RENEW_EVERY = LEASE_TIME / 3;
/** Between two looks at a lease that is held, and between two tries of a renewal that failed. */
const LOOK_EVERY = 2_000;
/** Not renewed for so long, it is given up: what is under way must have ended before another may begin. */
const GIVE_UP_AFTER = LEASE_TIME - 5_000;
/** How a lease is lost. */
const TAKEN = 'to another run';
const LATE = 'because it could not be renewed in time';
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

/** A lease as its holder sees it. */
export interface HeldLease {
  /**
   * Must be called before each change of what others see. The signal alone may come too late after a process was frozen
   * (SIGSTOP, a suspended machine): what arrived meanwhile may be handled before the first timer fires.
   * @throws ArchiverError `lock.lost` where the lease may be another's by now
   */
  require(): void;
}

/**
 * How long a lease is ours for certain.
 *
 * Whether it was renewed in time, the clock says that cannot be set and goes on while the machine is suspended, or what
 * was slept, where that is more. The wall clock says only that the store is asked sooner: it may have been set, or the
 * whole virtual machine was paused, its other clocks too.
 */
class Term {
  readonly #clock: Clock;
  #slept: number;
  #renewed: Moment;

  constructor(clock: Clock, acquired: Moment) {
    this.#clock = clock;
    this.#slept = acquired.slept;
    this.#renewed = acquired;
  }

  moment(): Moment {
    return { wall: this.#clock.now(), elapsed: this.#clock.elapsed(), slept: this.#slept };
  }

  renewed(asked: Moment): void {
    this.#renewed = asked;
  }

  /** Milliseconds; 0 or less where it may be another's. */
  left(): number {
    return GIVE_UP_AFTER - this.#since(this.#renewed);
  }

  isOverByWallClock(): boolean {
    return this.sinceByAnyClock(this.#renewed) >= GIVE_UP_AFTER;
  }

  sinceByAnyClock(then: Moment): number {
    return Math.max(this.#since(then), this.#clock.now() - then.wall);
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(milliseconds, signal);
    this.#slept += milliseconds;
  }

  #since(then: Moment): number {
    return Math.max(this.#clock.elapsed() - then.elapsed, this.#slept - then.slept);
  }
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
  work: (signal: AbortSignal, lease: HeldLease) => Promise<Result>,
): Promise<Result> {
  const acquired = await acquire(context, signal);
  const term = new Term(context.clock, acquired);
  const lost = new AbortController();
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const keeping = keep(context, { acquiredAt: acquired.wall, term }, until, lost);
  const lease: HeldLease = {
    require: () => {
      lost.signal.throwIfAborted();
      if (term.left() <= 0) throw lostBy(context, LATE);
    },
  };
  try {
    return await work(AbortSignal.any([signal, lost.signal]), lease);
  } finally {
    over.abort();
    await keeping;
    if (!lost.signal.aborted) await release(context, term);
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

/** Renews the lease until `until`, and aborts `lost` when it is another's or has not been renewed in time. */
async function keep(
  context: LeaseContext,
  { acquiredAt, term }: { acquiredAt: number; term: Term },
  until: AbortSignal,
  lost: AbortController,
): Promise<void> {
  const { clock, log } = context;
  // A watch of its own: a renewal that the store never answers must not take longer than the lease lasts.
  const expire = async (): Promise<ArchiverError> => {
    for (;;) {
      const left = term.left();
      if (left <= 0) return lostBy(context, LATE);
      await term.sleep(Math.min(left, LONGEST_STEP), until);
    }
  };
  // Once it is lost it stays so: a renewal that came late would take it again, and no run would have it.
  const renewing = AbortSignal.any([until, lost.signal]);
  const wait = async (milliseconds: number) => {
    const begun = term.moment();
    for (;;) {
      const left = milliseconds - term.sinceByAnyClock(begun);
      if (left <= 0) return;
      await clock.sleep(Math.min(left, LONGEST_STEP), renewing);
    }
  };
  const renew = async (): Promise<ArchiverError> => {
    for (let pause = RENEW_EVERY; ; ) {
      await wait(pause);
      const asked = term.moment();
      try {
        if (!(await renewOnce(context, acquiredAt, renewing))) return lostBy(context, TAKEN);
        term.renewed(asked);
        pause = RENEW_EVERY;
      } catch (error) {
        if (renewing.aborted) throw renewing.reason;
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

/**
 * A removal has no condition at most stores: it must be over before another run may have taken the lease. Where the
 * wall clock alone says that this may have happened, the store is asked.
 */
async function release(context: LeaseContext, term: Term): Promise<void> {
  const { store, database, holder, log } = context;
  try {
    const left = term.left();
    if (left <= 0) throw lostBy(context, LATE);
    const inTime = AbortSignal.timeout(Math.min(LEASE_TIME / 2, Math.ceil(left)));
    if (term.isOverByWallClock()) {
      const stored = await store.readLease(database, inTime);
      if (stored?.record?.holder !== holder.holder) throw lostBy(context, TAKEN);
    }
    await store.removeLease(database, inTime);
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
