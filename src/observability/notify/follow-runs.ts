import type { Clock } from '../../ports/clock.ts';
import type { DatabaseOutcome, EventSubscriber } from '../../ports/events.ts';
import type { AnnouncedRun, Notifier } from './notifier.ts';
import type { ReportedArchive, ReportedDatabase, RunStart } from './run-report.ts';

interface FollowedRun extends RunStart {
  readonly startedAt: number;
  readonly announced: AnnouncedRun;
  /** By database. */
  readonly archives: Map<string, ReportedArchive[]>;
}

/** Announces each run by its events: when it starts, and with what it did when it ends. */
export function followRuns(notifier: Pick<Notifier, 'started'>, clock: Pick<Clock, 'now'>): EventSubscriber {
  const runs = new Map<string, FollowedRun>();
  return ({ event, fields }) => {
    const { runId, database } = fields;
    if (runId === undefined) return;
    switch (event) {
      case 'run.started': {
        const start = { runId, trigger: fields.trigger ?? 'run', databases: fields.databases };
        const announced = notifier.started(start);
        runs.set(runId, { ...start, startedAt: clock.now(), announced, archives: new Map() });
        break;
      }
      case 'archive.completed': {
        const archives = runs.get(runId)?.archives;
        if (archives === undefined || database === undefined) break;
        const { key, backupId, createdAt, bytes: size } = fields;
        archives.set(database, [...(archives.get(database) ?? []), { key, backupId, createdAt, size }]);
        break;
      }
      case 'run.completed':
      case 'run.interrupted':
      case 'run.failed': {
        const run = runs.get(runId);
        runs.delete(runId);
        if (run === undefined || !('databases' in fields)) break;
        const { announced, archives, ...start } = run;
        const outcomes = fields.databases.map((outcome) => reported(outcome, archives));
        announced.ended({ ...start, finishedAt: clock.now(), outcomes });
      }
    }
  };
}

/** Of a database that failed no archive is reported, though one may have been made: what failed came after it. */
function reported(outcome: DatabaseOutcome, archives: FollowedRun['archives']): ReportedDatabase {
  const { database: name, status } = outcome;
  if (outcome.status === 'failed') {
    const { code, message, hint } = outcome;
    return { name, status, archives: [], error: { code, message, hint } };
  }
  return { name, status, archives: status === 'archived' ? (archives.get(name) ?? []) : [] };
}
