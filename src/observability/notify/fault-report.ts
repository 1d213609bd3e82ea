import { formatDuration } from '../../text/duration.ts';
import { withHint } from '../../text/with-hint.ts';
import { MOST_LINES } from './run-report.ts';
import { WEBHOOK_VERSION } from './webhook-body.ts';

/** What was wrong with an archive that was read back or restored, or why that could not be done or written down. Holds no secret. */
export interface ReportedFault {
  readonly database: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** Archives that a schedule had looked at, and that were not all well. Times in milliseconds since the epoch. */
export interface FaultReport {
  readonly event: 'verify.failed' | 'restore.failed';
  readonly runId: string;
  /** `verify`, `restore-test`. */
  readonly trigger: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  /** How many were looked at. */
  readonly archives: number;
  /** At least one. */
  readonly faults: readonly ReportedFault[];
}

/** In words, a line for each fault. */
export function faultText(report: FaultReport, version: string): string {
  const { faults, runId, trigger, startedAt, finishedAt } = report;
  const lines = [
    `backup-archiver ${version}: ${headline(report)} in ${formatDuration(finishedAt - startedAt)}`,
    ...faults.slice(0, MOST_LINES).map((fault) => `${fault.database}: ${fault.code}: ${withHint(fault)}`),
    ...(faults.length > MOST_LINES ? [`and ${faults.length - MOST_LINES} more`] : []),
    `run ${runId} (${trigger})`,
  ];
  return `${lines.join('\n')}\n`;
}

/** The body of the webhook: the fields of a run's, so that a receiver needs to know nothing more. */
export function faultBody(report: FaultReport, archiver: string, text: string): Record<string, unknown> {
  const { event, runId, trigger, startedAt, finishedAt, faults } = report;
  const byDatabase = Map.groupBy(faults, ({ database }) => database);
  return {
    version: WEBHOOK_VERSION,
    event,
    archiver,
    runId,
    trigger,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
    durationMs: finishedAt - startedAt,
    summary: headline(report),
    text,
    archived: 0,
    skipped: 0,
    failed: byDatabase.size,
    interrupted: 0,
    bytes: 0,
    databases: [...byDatabase].map(([name, [first, ...others]]) => ({
      name,
      status: 'failed',
      archives: [],
      error: {
        code: first?.code,
        message: `${first?.message}${others.length === 0 ? '' : ` (and ${others.length} more)`}`,
        hint: first?.hint ?? null,
      },
    })),
  };
}

function headline({ event, archives, faults }: FaultReport): string {
  const done = event === 'verify.failed' ? 'read back' : 'restored for a try';
  return `${archives} archive${archives === 1 ? '' : 's'} ${done}, ${faults.length} fault${faults.length === 1 ? '' : 's'}`;
}
