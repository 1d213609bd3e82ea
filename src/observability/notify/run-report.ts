import { formatByteSize } from '../../text/byte-size.ts';
import { formatDuration } from '../../text/duration.ts';
import { withHint } from '../../text/with-hint.ts';

/** An archive that a run made. */
export interface ReportedArchive {
  readonly key: string;
  readonly backupId: string;
  /** ISO-8601, UTC: the backup's own time. */
  readonly createdAt: string;
  /** Bytes. */
  readonly size: number;
}

/** How a run went with one database. */
export interface ReportedDatabase {
  readonly name: string;
  readonly status: 'archived' | 'skipped' | 'failed' | 'interrupted';
  readonly archives: readonly ReportedArchive[];
  /** Of a failed one. Holds no secret. */
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string | undefined };
}

/** What a run is, as known when it starts. */
export interface RunStart {
  readonly runId: string;
  /** `schedule`, `catch-up`, `start` in a daemon; `run` for the verb. */
  readonly trigger: string;
  readonly databases: readonly string[];
}

/** A run that is over. Times in milliseconds since the epoch. */
export interface RunReport extends RunStart {
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly outcomes: readonly ReportedDatabase[];
}

/** The event with which a run ends, here as in the log. */
export type RunEnd = 'run.completed' | 'run.interrupted' | 'run.failed';

/** How a run ended. A stop by a signal is no failure: the next run goes on from there. */
export function endOf(report: RunReport): RunEnd {
  const { failed, interrupted } = countStatuses(report);
  if (failed > 0) return 'run.failed';
  return interrupted > 0 ? 'run.interrupted' : 'run.completed';
}

export function countStatuses({ outcomes }: RunReport): Record<ReportedDatabase['status'], number> {
  const counts = { archived: 0, skipped: 0, failed: 0, interrupted: 0 };
  for (const { status } of outcomes) counts[status]++;
  return counts;
}

/** A receiver may cut a long text anywhere (healthchecks.io keeps 100 kB): the bad news come first, and few do. */
export const MOST_LINES = 200;
const ORDER = ['failed', 'interrupted', 'archived', 'skipped'] as const;

/**
 * The run in words, a line for each database.
 * @param stillFailing databases whose last run failed and that this one did not touch
 */
export function summaryText(report: RunReport, version: string, stillFailing: readonly string[]): string {
  const ordered = ORDER.flatMap((wanted) => report.outcomes.filter(({ status }) => status === wanted));
  const lines = [
    `backup-archiver ${version}: ${headline(report)} in ${formatDuration(report.finishedAt - report.startedAt)}`,
    ...ordered.slice(0, MOST_LINES).map(line),
    ...(ordered.length > MOST_LINES ? [`and ${ordered.length - MOST_LINES} more`] : []),
    ...(stillFailing.length === 0 ? [] : [`failed in their own last run: ${stillFailing.join(', ')}`]),
    `run ${report.runId} (${report.trigger})`,
  ];
  return `${lines.join('\n')}\n`;
}

/** `1 archived, 0 skipped, 1 failed`, as the log's own sentence. */
export function headline(report: RunReport): string {
  const { archived, skipped, failed, interrupted } = countStatuses(report);
  const cut = interrupted === 0 ? '' : `, ${interrupted} interrupted`;
  return `${archived} archived, ${skipped} skipped, ${failed} failed${cut}`;
}

function line({ name, status, archives, error }: ReportedDatabase): string {
  if (error !== undefined) {
    return `${name}: ${status}: ${error.code}: ${withHint(error)}`;
  }
  const bytes = archives.reduce((sum, { size }) => sum + size, 0);
  return status === 'archived' ? `${name}: archived, ${formatByteSize(bytes)}` : `${name}: ${status}`;
}

/** What a start says. */
export function startText({ runId, trigger, databases }: RunStart, version: string): string {
  const shown = databases.slice(0, MOST_LINES).join(', ');
  const more = databases.length > MOST_LINES ? ` and ${databases.length - MOST_LINES} more` : '';
  return `backup-archiver ${version}: started: ${shown}${more}\nrun ${runId} (${trigger})\n`;
}
