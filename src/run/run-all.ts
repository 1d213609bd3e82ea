import { mapBounded } from '../concurrency/map-bounded.ts';
import { type ArchiverError, toArchiverError } from '../model/errors.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { DatabaseOutcome } from '../ports/events.ts';
import { archiveDatabase } from './archive-database.ts';
import type { DatabaseJob } from './database-job.ts';
import { whileHeld } from './lease/held-store.ts';
import { withLease } from './lease/lease.ts';
import { Outage, outlast } from './outlast.ts';
import { rememberPolicy } from './prune/policy-memory.ts';
import { pruneDatabase, retentionFailed } from './prune/prune-database.ts';

/** How one database fared. */
export type Outcome =
  | { readonly database: string; readonly status: 'archived'; readonly archives: readonly Manifest[] }
  | { readonly database: string; readonly status: 'skipped' }
  | { readonly database: string; readonly status: 'failed'; readonly error: ArchiverError }
  /** Not begun, or cut short by the signal. */
  | { readonly database: string; readonly status: 'interrupted' };

export interface RunSummary {
  readonly outcomes: readonly Outcome[];
  readonly failed: number;
  readonly interrupted: number;
}

export interface RunContext {
  readonly clock: Clock;
  readonly log: EventLog;
  /** What other runs of this process know of an outage; default: a run by itself. */
  readonly outage?: Outage;
}

/**
 * Every database once, `concurrency` at a time. One that fails stops none of the others; a signal stops
 * them all. Never throws.
 */
export async function runAll(
  jobs: readonly DatabaseJob[],
  concurrency: number,
  { clock, log, outage = new Outage() }: RunContext,
  signal: AbortSignal,
): Promise<RunSummary> {
  const begun = clock.now();
  log.info('run.started', { databases: jobs.map(({ name }) => name) });
  const outcomes = await mapBounded(jobs, concurrency, (job) => runOne(job, outage, signal));

  const counts = countByStatus(outcomes);
  const fields = { durationMs: clock.now() - begun, ...counts, databases: outcomes.map(brief) };
  const cut = counts.interrupted === 0 ? '' : `, ${counts.interrupted} interrupted`;
  const sentence = `${counts.archived} archived, ${counts.skipped} skipped, ${counts.failed} failed${cut}`;
  if (counts.failed > 0) log.error('run.failed', fields, sentence);
  else if (counts.interrupted > 0) log.warn('run.interrupted', fields, sentence);
  else log.info('run.completed', fields, sentence);
  return { outcomes, failed: counts.failed, interrupted: counts.interrupted };
}

async function runOne(job: DatabaseJob, outage: Outage, signal: AbortSignal): Promise<Outcome> {
  const database = job.name;
  if (signal.aborted) return { database, status: 'interrupted' };
  try {
    const archives = await outlast(job, outage, signal, async (made) => {
      // Before the lease: its object would bring a misspelt bucket into being at some stores.
      await job.store.requireBucket(signal);
      return withLease({ ...job, database, store: job.leases }, signal, async (held, lease) => {
        const guarded = { ...job, store: whileHeld(job.store, lease) };
        const manifests = await archiveDatabase(guarded, held, made);
        made();
        await prune(guarded, held);
        return manifests;
      });
    });
    return archives.length === 0
      ? { database, status: 'skipped' }
      : { database, status: 'archived', archives };
  } catch (thrown) {
    if (signal.aborted) {
      job.log.warn(
        'archive.interrupted',
        { error: toArchiverError(signal.reason) },
        `${database} was cut short`,
      );
      return { database, status: 'interrupted' };
    }
    const error = toArchiverError(thrown);
    if (!isLoggedAlready(error)) job.log.error('archive.failed', { error }, `${database}: ${error.message}`);
    return { database, status: 'failed', error };
  }
}

/** `lock.held` and a failed retention have events of their own. */
function isLoggedAlready({ code }: ArchiverError): boolean {
  return code === 'lock.held' || code.startsWith('retention.');
}

/** Only after a run that went well: a database that just failed keeps everything. */
async function prune(job: DatabaseJob, signal: AbortSignal): Promise<void> {
  try {
    const { isHeldBack } = await pruneDatabase(job, { force: false }, signal);
    if (!isHeldBack) await rememberPolicy(job, signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw retentionFailed(job, error);
  }
}

function countByStatus(outcomes: readonly Outcome[]): Record<Outcome['status'], number> {
  const counts = { archived: 0, skipped: 0, failed: 0, interrupted: 0 };
  for (const { status } of outcomes) counts[status]++;
  return counts;
}

/** One database's line in the summary. */
function brief(outcome: Outcome): DatabaseOutcome {
  const { database } = outcome;
  switch (outcome.status) {
    case 'failed': {
      const { code, message, hint } = outcome.error;
      return { database, status: 'failed', code, message, ...(hint === undefined ? {} : { hint }) };
    }
    case 'archived':
      return {
        database,
        status: 'archived',
        bytes: outcome.archives.reduce((sum, { size }) => sum + size, 0),
      };
    default:
      return { database, status: outcome.status };
  }
}
