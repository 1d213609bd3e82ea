import type { DatabaseJob } from '../archive/database-job.ts';
import { withLease } from '../archive/lease.ts';
import { logPlan, type PruningPlan, planPruning } from '../archive/plan-pruning.ts';
import { pruneDatabase, retentionFailed } from '../archive/prune-database.ts';
import type { Config } from '../config/config.ts';
import { formatByteSize } from '../domain/byte-size.ts';
import { formatDuration } from '../domain/duration.ts';
import { installShutdown } from '../runtime/shutdown.ts';
import { EXIT } from './exit-code.ts';
import type { Invocation } from './invocation.ts';
import { chosenDatabases } from './run-verb.ts';
import { RELEASE_BOUND, STOP_BOUND } from './stop-bounds.ts';
import { renderTable } from './table.ts';
import { openAdapters, openJobs, type Surroundings } from './wiring.ts';

/**
 * `prune`: retention alone. Prints every archive with the reasons for which it stays or goes; databases that
 * are no longer configured are left alone.
 * @returns the exit code: 1 when any database's retention failed or was refused
 */
export async function pruneVerb(
  config: Config,
  invocation: Invocation,
  around: Surroundings,
  answer: (text: string) => void,
): Promise<number> {
  const shutdown = installShutdown({
    log: around.log,
    clock: around.clock,
    boundMs: STOP_BOUND,
    releaseMs: RELEASE_BOUND,
  });
  const adapters = openAdapters(config, around);
  shutdown.onRelease('connections', () => adapters.close());
  try {
    const { jobs } = openJobs(config, chosenDatabases(config, invocation), adapters, around, {
      trigger: 'prune',
    });
    const plans: PruningPlan[] = [];
    let failed = false;
    for (const job of jobs) {
      try {
        plans.push(await plan(job, invocation, shutdown.signal));
        if (!invocation.dryRun) await carryOut(job, invocation, shutdown.signal);
      } catch (error) {
        if (shutdown.reason !== undefined) return shutdown.reason.exitCode;
        retentionFailed(job, error);
        failed = true;
      }
    }
    answer(invocation.json ? asJson(plans) : asTable(plans, around.clock.now()));
    return failed ? EXIT.failed : EXIT.done;
  } finally {
    await shutdown.release();
    shutdown.dispose();
  }
}

async function plan(
  job: DatabaseJob,
  { yes, dryRun }: Invocation,
  signal: AbortSignal,
): Promise<PruningPlan> {
  const listing = await job.store.list(job.name, signal);
  const planned = await planPruning(job, listing, { force: yes || job.allowMassDeletion }, signal);
  if (dryRun) logPlan(job, planned);
  if (dryRun && planned.refused !== undefined) {
    job.log.warn('retention.refused', { error: planned.refused }, planned.refused.message);
  }
  return planned;
}

async function carryOut(job: DatabaseJob, { yes }: Invocation, signal: AbortSignal): Promise<void> {
  await job.store.requireBucket(signal);
  await withLease({ ...job, database: job.name, store: job.leases }, signal, (held) =>
    pruneDatabase(job, { force: yes }, held),
  );
}

function asJson(plans: readonly PruningPlan[]): string {
  const databases = plans.map(({ database, decisions, reasonCounts, refused }) => ({
    database,
    refused: refused?.message ?? null,
    reasons: reasonCounts,
    archives: decisions.map(({ archive, keep, reasons }) => ({
      key: archive.key,
      backupId: archive.backupId,
      createdAt: archive.createdAt.toISOString(),
      size: archive.size,
      keep,
      reasons,
    })),
  }));
  return `${JSON.stringify(databases, null, 2)}\n`;
}

function asTable(plans: readonly PruningPlan[], now: number): string {
  const rows = plans.flatMap(({ database, decisions }) =>
    decisions.map(({ archive, keep, reasons }) => [
      database,
      archive.createdAt.toISOString().replace('.000Z', 'Z'),
      formatDuration(Math.max(0, now - archive.createdAt.getTime())),
      formatByteSize(archive.size),
      keep ? 'keep' : 'remove',
      reasons.join(', '),
    ]),
  );
  if (rows.length === 0) return 'no archives\n';
  return renderTable(['DATABASE', 'CREATED', 'AGE', 'SIZE', 'PLAN', 'REASONS'], rows, {
    right: ['AGE', 'SIZE'],
  });
}
