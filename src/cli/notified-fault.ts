import { randomUUID } from 'node:crypto';
import type { ArchiverError } from '../model/errors.ts';
import type { FaultReport, ReportedFault } from '../observability/notify/fault-report.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { AppContext } from './app-context.ts';

/** What notifications say of an error. */
export function faultOf(database: string, { code, message, hint }: ArchiverError): ReportedFault {
  return { database, code, message, hint };
}

/** Work on archives that is begun by a schedule. */
export interface ReportedWork {
  /** Has the id of the work, and why it is done. */
  readonly log: EventLog;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Notifies of what was found, where there is anything. @param archives how many were looked at */
  readonly report: (archives: number, faults: readonly ReportedFault[]) => void;
}

/** @param trigger why it is done */
export function beginReported(
  { log, clock, notifier }: AppContext,
  event: FaultReport['event'],
  trigger: string,
): ReportedWork {
  const runId = randomUUID();
  const startedAt = clock.now();
  return {
    log: log.child({ runId, trigger }),
    startedAt,
    report: (archives, faults) => {
      if (faults.length === 0) return;
      notifier?.foundFaults({ event, runId, trigger, startedAt, finishedAt: clock.now(), archives, faults });
    },
  };
}
