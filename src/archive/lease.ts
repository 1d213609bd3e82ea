import type { Clock } from '../domain/clock.ts';
import { ArchiverError, hasCode } from '../domain/errors.ts';
import type { EventLog } from '../domain/event-log.ts';
import { LEASE_TIME, type LeaseRecord, type LeaseStore, type StoredLease } from '../domain/lease.ts';

/** Renewed three times within its time: two renewals may be lost. */
const RENEW_EVERY = LEASE_TIME / 3;
const LOOK_EVERY = 2_000;

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

/**
 * Runs `work` while holding the database's lease, so that two runs never work on one database at once. Its
 * signal is aborted when `signal` is, or when the lease is lost.
 *
 * No clock is compared with another: a lease is dead when its object has stood still for one lease time, by
 * the waiter's own clock, or when its holder was a process of this very process table that is gone.
 * @throws ArchiverError `lock.held`, `lock.lost`; what `work` throws; StoreError
 */
export async function withLease<Result>(
  context: LeaseContext,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const etag = await acquire(context, signal);
  const lost = new AbortController();
  const over = new AbortController();
  const renewing = renew(context, etag, AbortSignal.any([signal, over.signal]), lost);
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    over.abort();
    await renewing;
    if (!lost.signal.aborted) await release(context);
  }
}

async function acquire(context: LeaseContext, signal: AbortSignal): Promise<string> {
  const { clock, log, store, database } = context;
  let seen: { etag: string; since: number } | undefined;
  const begun = clock.now();
  for (;;) {
    const stored = await store.readLease(database, signal);
    const now = clock.now();
    if (stored !== undefined && stored.etag !== seen?.etag) {
      if (seen === undefined)
        log.info('lock.waiting', describe(stored), `${database} is locked: waiting for one lease time`);
      seen = { etag: stored.etag, since: now };
    }
    const isDead =
      stored === undefined || isGone(stored, context.holder) || now - (seen?.since ?? now) >= LEASE_TIME;
    if (isDead) {
      const written = await take(context, stored?.etag, signal);
      if (written !== undefined) return written;
    } else if (now - begun >= LEASE_TIME + LOOK_EVERY) {
      throw held(context, stored);
    }
    await clock.sleep(LOOK_EVERY, signal);
  }
}

/** @returns `undefined` where another was quicker */
async function take(
  context: LeaseContext,
  replaces: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { store, database, holder } = context;
  try {
    const etag = await store.writeLease(database, recordOf(context), replaces, signal);
    // Some stores ignore conditions: there, whoever wrote last holds it.
    const now = await store.readLease(database, signal);
    return now?.record?.holder === holder.holder ? etag : undefined;
  } catch (error) {
    if (hasCode(error, 's3.precondition_failed', 's3.not_found')) return undefined;
    throw error;
  }
}

async function renew(
  context: LeaseContext,
  first: string,
  until: AbortSignal,
  lost: AbortController,
): Promise<void> {
  const { clock, store, database, log } = context;
  let etag = first;
  let renewedAt = clock.now();
  while (!until.aborted) {
    try {
      await clock.sleep(RENEW_EVERY, until);
      etag = await store.writeLease(database, recordOf(context), etag, until);
      renewedAt = clock.now();
    } catch (error) {
      if (until.aborted) return;
      const taken = hasCode(error, 's3.precondition_failed');
      if (!taken && clock.now() - renewedAt < LEASE_TIME - RENEW_EVERY) {
        log.warn('lock.renewal_failed', { error }, 'the lease could not be renewed: trying again');
        continue;
      }
      lost.abort(
        new ArchiverError(
          'lock.lost',
          `the lease of ${database} was lost${taken ? ' to another run' : ''}: the work is stopped`,
          {
            hint: "Two runs on one database would get in each other's way. The next run goes on from the bucket.",
          },
        ),
      );
      return;
    }
  }
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
  return record.holder !== holder.holder && !holder.isAlive(record.pid);
}

function recordOf({ holder: { holder, host, pid, processTable }, clock }: LeaseContext): LeaseRecord {
  const now = new Date(clock.now()).toISOString();
  return { holder, host, pid, processTable, acquiredAt: now, renewedAt: now };
}

function describe({ record }: StoredLease): Record<string, unknown> {
  return record === null
    ? {}
    : { heldBy: record.holder, host: record.host, pid: record.pid, renewedAt: record.renewedAt };
}

function held({ database, log }: LeaseContext, stored: StoredLease): ArchiverError {
  const details = describe(stored);
  log.error('lock.held', details, `${database} is being worked on by another run`);
  const where =
    stored.record === null ? 'another run' : `run ${stored.record.holder} on ${stored.record.host}`;
  return new ArchiverError('lock.held', `${database} is being worked on by ${where}`, {
    hint: 'Two schedules overlap, or a daemon and a CronJob do the same work.',
    details,
  });
}
