import type { Clock } from '../../ports/clock.ts';
import type { DatabaseOutcome, EmittedEvent, EventFields, EventSubscriber } from '../../ports/events.ts';
import { FAILURE_PHASES, FailurePhases } from './failure-phase.ts';
import type { Metrics } from './metrics.ts';
import type { TransferObserver } from './observe-progress.ts';

/** How a run ends. */
type RunEnd = 'run.completed' | 'run.interrupted' | 'run.failed';

/** What the bucket says of the newest archive. Times in milliseconds since the epoch. */
export interface NewestArchive {
  readonly createdAt: number;
  readonly size: number;
  /** `undefined` where its manifest could not be read. */
  readonly archivedAt: number | undefined;
}

/**
 * Turns what happens into numbers. Only the databases that are configured have series: their number bounds
 * that of the series.
 */
export class RunMetrics {
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #databases: ReadonlySet<string>;
  readonly #phases = new FailurePhases();
  readonly #newest = new Map<string, number>();
  readonly #lastSuccess = new Map<string, number>();
  readonly #archived = new Map<string, number>();
  /** Databases of which a run has ended in this process. */
  readonly #hasRun = new Set<string>();

  constructor(metrics: Metrics, databases: readonly string[], version: string, clock: Clock) {
    this.#metrics = metrics;
    this.#clock = clock;
    this.#databases = new Set(databases);
    metrics.set('backup_archiver_build_info', { version }, 1);
    for (const target of ['ping', 'webhook']) {
      metrics.add('backup_archiver_notification_failures_total', { target }, 0);
    }
    for (const database of databases) {
      metrics.add('backup_archiver_transferred_bytes_total', { database }, 0);
      metrics.add('backup_archiver_running_transfers', { database }, 0);
      metrics.add('backup_archiver_retries_total', { database }, 0);
      metrics.add('backup_archiver_interrupted_runs_total', { database }, 0);
      for (const phase of FAILURE_PHASES) {
        metrics.add('backup_archiver_failures_total', { database, phase }, 0);
      }
    }
  }

  readonly transfers: TransferObserver = {
    began: (database) => this.#metrics.add('backup_archiver_running_transfers', { database }, 1),
    moved: (database, bytes) =>
      this.#metrics.add('backup_archiver_transferred_bytes_total', { database }, bytes),
    ended: (database) => this.#metrics.add('backup_archiver_running_transfers', { database }, -1),
  };

  readonly onEvent: EventSubscriber = (happened) => {
    switch (happened.event) {
      case 'notify.failed': {
        const { target } = happened.fields;
        this.#metrics.add('backup_archiver_notification_failures_total', { target }, 1);
        break;
      }
      case 'run.started':
        for (const name of happened.fields.databases) this.#phases.begin(name);
        break;
      case 'run.completed':
      case 'run.interrupted':
      case 'run.failed':
        this.#runEnded(happened.fields);
    }
    // The events of a run as a whole name none.
    const { database } = happened.fields;
    if (database !== undefined && this.#databases.has(database)) this.#onEventOf(database, happened);
  };

  /** How many archives of a database this process has made: a reader of the bucket can tell whether that came between. */
  archivedSoFar(database: string): number {
    return this.#archived.get(database) ?? 0;
  }

  /** The newest archive as the bucket has it; `undefined`: it has none. */
  bucketShows(database: string, newest: NewestArchive | undefined): void {
    this.#newest.delete(database);
    this.#showNewest(database, newest?.createdAt ?? 0, newest?.size ?? 0);
    const archivedAt = newest?.archivedAt;
    if (archivedAt === undefined || archivedAt < (this.#lastSuccess.get(database) ?? 0)) return;
    this.#succeeded(database, archivedAt);
    // A run that archived ended about then; one of this process says it better.
    if (!this.#hasRun.has(database)) {
      this.#metrics.set('backup_archiver_last_run_timestamp_seconds', { database }, archivedAt / 1000);
    }
  }

  #onEventOf(database: string, happened: EmittedEvent): void {
    const phase = this.#phases.onEvent(database, happened);
    if (phase !== undefined) this.#metrics.add('backup_archiver_failures_total', { database, phase }, 1);
    // Of the copy, and of each adapter.
    if (happened.event.endsWith('.retried')) {
      this.#metrics.add('backup_archiver_retries_total', { database }, 1);
    }
    if (happened.event === 'archive.completed') this.#archiveCompleted(database, happened.fields);
  }

  #archiveCompleted(
    database: string,
    { createdAt, bytes, durationMs }: EventFields<'archive.completed'>,
  ): void {
    this.#archived.set(database, this.archivedSoFar(database) + 1);
    this.#metrics.observe('backup_archiver_archive_duration_seconds', { database }, durationMs / 1000);
    this.#showNewest(database, Date.parse(createdAt), bytes);
  }

  /** `mirror` archives older backups too: they change nothing. */
  #showNewest(database: string, createdAt: number, size: number): void {
    if (createdAt < (this.#newest.get(database) ?? 0)) return;
    this.#newest.set(database, createdAt);
    this.#metrics.set(
      'backup_archiver_newest_archive_timestamp_seconds',
      { database },
      Math.floor(createdAt / 1000),
    );
    this.#metrics.set('backup_archiver_newest_archive_size_bytes', { database }, size);
  }

  #runEnded(fields: EventFields<RunEnd>): void {
    const durationMs = 'durationMs' in fields ? fields.durationMs : undefined;
    for (const { database, status } of outcomesIn(fields)) {
      if (!this.#databases.has(database)) continue;
      if (status === 'interrupted') {
        // Neither a success nor a failure: the process ends, and the next one takes it up.
        this.#metrics.add('backup_archiver_interrupted_runs_total', { database }, 1);
        continue;
      }
      const now = this.#clock.now();
      const succeeded = status === 'archived' || status === 'skipped';
      this.#hasRun.add(database);
      this.#metrics.set('backup_archiver_last_run_success', { database }, succeeded ? 1 : 0);
      this.#metrics.set('backup_archiver_last_run_timestamp_seconds', { database }, now / 1000);
      if (succeeded) this.#succeeded(database, now);
      if (durationMs !== undefined) {
        this.#metrics.observe('backup_archiver_run_duration_seconds', { database }, durationMs / 1000);
      }
    }
  }

  #succeeded(database: string, at: number): void {
    this.#lastSuccess.set(database, at);
    this.#metrics.set('backup_archiver_last_success_timestamp_seconds', { database }, at / 1000);
  }
}

/** A run that broke off by a defect has no list: its event is its one database's own. */
function outcomesIn(fields: EventFields<RunEnd>): readonly Pick<DatabaseOutcome, 'database' | 'status'>[] {
  if ('databases' in fields) return fields.databases;
  return fields.database === undefined ? [] : [{ database: fields.database, status: 'failed' }];
}
