import type { Config } from '../../config/schema/config.ts';
import { hasCode, toArchiverError } from '../../model/errors.ts';
import { installShutdown, RELEASE_BOUND, STOP_BOUND } from '../../process/shutdown.ts';
import type { DatabaseJob } from '../../run/database-job.ts';
import { whileHeld } from '../../run/lease/held-store.ts';
import { withLease } from '../../run/lease/lease.ts';
import { logPlan, type PruningPlan, planPruning } from '../../run/prune/plan-pruning.ts';
import { rememberPolicy } from '../../run/prune/policy-memory.ts';
import { pruneDatabase, reportDangling, retentionFailed } from '../../run/prune/prune-database.ts';
import { hasPolicy } from '../../run/prune/pruning-job.ts';
import { type AppContext, openAdapters, openJobs } from '../app-context.ts';
import { EXIT } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { type Print, printInPieces } from '../render/print-in-pieces.ts';
import { type PruneReport, pruneJson, pruneTable } from '../render/prune-report.ts';
import { screenWidth } from '../screen-width.ts';
import { chosenDatabases } from './run.ts';

/**
 * `prune`: retention alone. Prints every archive with the reasons for which it stays or goes; databases that
 * are no longer configured are left alone. One that fails stops none of the others.
 * @returns the exit code: 1 when any database's retention failed or was refused
 */
export async function pruneVerb(
  config: Config,
  invocation: Invocation,
  context: AppContext,
  print: Print,
): Promise<number> {
  const shutdown = installShutdown({
    log: context.log,
    clock: context.clock,
    boundMs: STOP_BOUND,
    releaseMs: RELEASE_BOUND,
  });
  const adapters = openAdapters(config, context);
  shutdown.onRelease('connections', () => adapters.close());
  try {
    const { jobs } = openJobs(config, chosenDatabases(config, invocation), adapters, context, {
      fields: { trigger: 'prune' },
    });
    const reports: PruneReport[] = [];
    for (const job of jobs) {
      const report = await pruneOne(job, invocation, shutdown.signal);
      if (shutdown.reason !== undefined && report.error !== undefined) return shutdown.reason.exitCode;
      reports.push(report);
    }
    const lines = invocation.json
      ? pruneJson(reports)
      : pruneTable(reports, context.clock.now(), screenWidth(context));
    const isPrinted = await printInPieces(lines, print, shutdown.signal);
    if (!isPrinted && shutdown.reason !== undefined) return shutdown.reason.exitCode;
    return reports.some(({ error }) => error !== undefined) ? EXIT.failed : EXIT.done;
  } finally {
    await shutdown.release();
    shutdown.dispose();
  }
}

async function pruneOne(job: DatabaseJob, invocation: Invocation, signal: AbortSignal): Promise<PruneReport> {
  const report: PruneReport = { database: job.name };
  try {
    // Without a policy there is nothing to lock out others for.
    if (invocation.dryRun || !hasPolicy(job)) await rehearse(job, invocation, report, signal);
    else await carryOut(job, invocation, report, signal);
  } catch (error) {
    report.error = toArchiverError(signal.aborted ? signal.reason : error);
    // A held lease has said so by itself.
    if (!signal.aborted && !hasCode(error, 'lock.held')) retentionFailed(job, error);
  }
  return report;
}

/** Changes nothing, the lease neither. */
async function rehearse(
  job: DatabaseJob,
  { yes }: Invocation,
  report: PruneReport,
  signal: AbortSignal,
): Promise<void> {
  const listing = await job.store.list(job.name, signal);
  reportDangling(job, listing);
  const asked = { force: yes || job.allowMassDeletion, evenIfSuspicious: yes };
  const plan = await planPruning(job, listing, asked, signal);
  logPlan(job, plan);
  report.plan = plan;
  if (plan.refused === undefined) return;
  job.log.warn('retention.refused', { error: plan.refused }, plan.refused.message);
}

async function carryOut(
  job: DatabaseJob,
  { yes }: Invocation,
  report: PruneReport,
  signal: AbortSignal,
): Promise<void> {
  // Before the lease: its object would bring a misspelt bucket into being at some stores.
  await job.store.requireBucket(signal);
  const onPlan = (plan: PruningPlan) => {
    report.plan = plan;
  };
  report.pruned = await underLease(job, signal, async (guarded, held) => {
    const pruned = await pruneDatabase(guarded, { force: yes, onPlan }, held);
    if (!pruned.isHeldBack) await rememberPolicy(guarded, held);
    return pruned;
  });
}

/**
 * Under the lease, unless the bucket has no room for its object: pruning is the way to make some. A run, which
 * could get none either, is held off by the same want of room; and what two prunes do at once, one would do.
 */
async function underLease<Result>(
  job: DatabaseJob,
  signal: AbortSignal,
  work: (job: DatabaseJob, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  let isHeld = false;
  try {
    return await withLease({ ...job, database: job.name, store: job.leases }, signal, (held, lease) => {
      isHeld = true;
      return work({ ...job, store: whileHeld(job.store, lease) }, held);
    });
  } catch (error) {
    if (isHeld || !hasCode(error, 's3.full')) throw error;
    job.log.warn(
      'lock.no_room',
      { error },
      `${job.name}: the bucket has no room for a lock: pruning without`,
    );
    return await work(job, signal);
  }
}
