import type { Config } from '../config/schema/config.ts';
import { Notifier } from '../observability/notify/notifier.ts';
import type { ReportedDatabase } from '../observability/notify/run-report.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { DatabaseJob } from '../run/database-job.ts';
import { type Outcome, type RunSummary, runAll } from '../run/run-all.ts';
import type { Surroundings } from './app-context.ts';

/** Tells those whom `notify` names; `undefined` where it names nobody. @param stopping the process is to stop */
export function openNotifier(
  { notify }: Config,
  around: Surroundings,
  stopping: AbortSignal,
): Notifier | undefined {
  if (notify.pingUrl === undefined && notify.webhookUrl === undefined) return undefined;
  const { version, clock, random, log, scrubber } = around;
  return new Notifier({
    ...notify,
    version,
    clock,
    random,
    log,
    stopping,
    scrub: (text) => scrubber.scrub(text),
  });
}

export interface AnnouncedContext {
  readonly clock: Clock;
  readonly notifier?: Notifier | undefined;
  /** Bound to the run. */
  readonly log: EventLog;
  /** What it is run for: `run`, or why the daemon begins. */
  readonly trigger: string;
}

/** `runAll`, announced when it starts and when it ends. Who listens holds up nothing: see `Notifier.settled`. */
export async function runAnnounced(
  jobs: readonly DatabaseJob[],
  concurrency: number,
  { clock, notifier, log, trigger }: AnnouncedContext,
  signal: AbortSignal,
): Promise<RunSummary> {
  const start = {
    runId: jobs[0]?.holder.holder ?? '',
    trigger,
    databases: jobs.map(({ name }) => name),
  };
  const startedAt = clock.now();
  const announced = notifier?.started(start);
  const summary = await runAll(jobs, concurrency, { clock, log }, signal);
  const outcomes = summary.outcomes.map(reported);
  announced?.ended({ ...start, startedAt, finishedAt: clock.now(), outcomes });
  return summary;
}

function reported(outcome: Outcome): ReportedDatabase {
  const { database: name, status } = outcome;
  if (outcome.status === 'failed') {
    const { code, message, hint } = outcome.error;
    return { name, status, archives: [], error: { code, message, hint } };
  }
  const archives = outcome.status === 'archived' ? outcome.archives : [];
  return {
    name,
    status,
    archives: archives.map(({ key, backupId, createdAt, size }) => ({ key, backupId, createdAt, size })),
  };
}
