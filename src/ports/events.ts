import type { ErrorCode } from '../model/error-codes.ts';
import type { Proof } from '../model/manifest.ts';
import type { ArchivedAs } from '../model/provenance.ts';

export type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** The levels at which an event is emitted, and its own fields. */
export interface At<Levels extends Level, Fields> {
  readonly level: Levels;
  readonly fields: Readonly<Fields>;
}

/** An `ArchiverError`, or whatever else was thrown; the log prints it as an `ArchiverError`. */
export type Failure = { error: unknown };
type OfBackup = { backupId: string };
type OfArchive = { backupId: string; key: string };

/** How one database fared in a run. `bytes`: of the archives that were made. */
export type DatabaseOutcome = Readonly<
  | { database: string; status: 'archived'; bytes: number }
  | { database: string; status: 'skipped' | 'interrupted' }
  | { database: string; status: 'failed'; code: ErrorCode; message: string; hint?: string }
>;

type RunTotals = Record<DatabaseOutcome['status'], number> & {
  durationMs: number;
  databases: readonly DatabaseOutcome[];
};

/** Who holds the lease, where its object says so. */
type Holder = { heldBy?: string; host?: string; pid?: number; renewedAt?: string };

/**
 * Every event, with its level and its fields. Users alert on them: a name keeps its meaning, and a field too. The
 * names of fields end in their unit (`durationMs`); `bytes` and sizes are bytes; times are ISO-8601 in UTC.
 * docs/events.md says what each means. An adapter adds its events to this interface, in its `events.ts`
 * (https://www.typescriptlang.org/docs/handbook/declaration-merging.html#module-augmentation).
 */
export interface Events {
  'run.started': At<'info', { databases: readonly string[] }>;
  'run.completed': At<
    'info',
    RunTotals | { databases: readonly never[]; shard: { index: number; count: number } | undefined }
  >;
  /** Nothing failed, but a signal cut it short. */
  'run.interrupted': At<'warn', RunTotals>;
  /** A database begins anew, before anything was made: the source or the store is away. */
  'run.retried': At<'warn', Failure & { attempt: number; delayMs: number; waitedMs: number }>;
  /** With an `error` alone: a defect broke it off. */
  'run.failed': At<'error', RunTotals | Failure>;

  'backup.created': At<'info', OfBackup & { status: string }>;
  'backup.adopted': At<'info', OfBackup & { status: string; reason: string }>;
  'backup.not_created': At<'warn', Failure>;
  'backup.polled': At<'debug' | 'info', OfBackup & { status: string; waitedMs: number }>;
  'backup.waiting': At<'info', OfBackup & { status: string; waitedMs: number; timeoutMs: number }>;
  'backup.poll_failed': At<'warn', OfBackup & Failure>;
  'backup.done': At<'info', OfBackup & { bytes: number | null; durationMs: number }>;
  'backup.failed': At<'error', OfBackup & Failure & { status: string }>;
  'backup.quota_near': At<'warn', OfBackup & { manual: number; limit: number; createdAt: string }>;
  'database.info_unavailable': At<'warn', Failure>;

  'archive.started': At<'info', OfArchive & { bytes: number | null; store: string }>;
  'archive.layout': At<
    'debug',
    OfBackup & {
      way: 'parallel' | 'stream';
      store: string;
      partSize: number;
      parts: number | null;
      concurrency: number;
      because: string;
    }
  >;
  'archive.resumed': At<'info', OfBackup & { bytes: number; parts?: number; totalBytes: number | null }>;
  'archive.progress': At<
    'info',
    {
      bytes: number;
      totalBytes: number | null;
      percent: number | null;
      bytesPerSecond: number;
      etaSeconds: number | null;
    }
  >;
  'archive.progress_failed': At<'error', Failure>;
  'archive.retried': At<
    'warn',
    OfBackup &
      Failure & {
        bytes: number;
        attempt: number;
        maxAttempts: number;
        waitMs: number;
        reason?: 'stuck part';
      }
  >;
  'archive.unproven': At<'warn', OfArchive>;
  'archive.completed': At<
    'info',
    OfArchive & {
      createdAt: string;
      bytes: number;
      durationMs: number;
      way?: 'parallel' | 'stream';
      adopted?: true;
      bytesPerSecond: number;
      parts: number;
      proof: Proof;
      checksum: string;
    }
  >;
  'archive.skipped': At<
    'info',
    { reason: 'archived' } | (OfArchive & { reason: 'since'; since: string; archivedAt: string })
  >;
  'archive.passed_over': At<'error', OfBackup & Failure>;
  'archive.failed': At<'error', Failure>;
  'archive.interrupted': At<'warn', Failure>;
  'archive.suspicious': At<'warn', OfArchive & { bytes: number; medianBytes: number }>;
  'archive.downloaded': At<
    'info',
    OfArchive & { bytes: number; durationMs: number; output: string; checksum: string }
  >;
  'archive.verified': At<
    'info',
    OfArchive & {
      bytes: number;
      durationMs: number;
      deep: boolean;
      files?: number;
      dumps?: readonly Readonly<Record<string, unknown>>[];
    }
  >;
  /** The share of a slot: `bytes` of `ofBytes` in `ofArchives`. */
  'verify.started': At<
    'info',
    { archives: number; bytes: number; ofArchives: number; ofBytes: number; slot: string }
  >;
  /** `unread`: could not be read; `unnoted`: what was found could not be written beside it. */
  'verify.completed': At<
    'info' | 'error',
    { archives: number; whole: number; damaged: number; unread: number; unnoted: number; durationMs: number }
  >;
  /** Without an archive: the share of a slot could not be looked at. */
  'verify.failed': At<'error', Partial<OfArchive> & Failure & { deep: boolean }>;
  'verify.not_noted': At<'warn', Failure & { key: string }>;
  'restore.tested': At<
    'info',
    OfArchive & {
      bytes: number;
      durationMs: number;
      engine: string;
      tables: number;
      rows: number;
      warnings: readonly string[];
      kept: boolean;
    }
  >;
  'restore.failed': At<'error', Failure & Partial<OfArchive & { durationMs: number }>>;
  'restore.skipped': At<'warn', OfArchive & Failure>;
  'restore.left': At<'warn', Failure & { left: string }>;
  'archive.bad_manifest': At<'error', OfArchive & Failure>;
  'archive.dangling': At<'warn', { count: number; keys: readonly string[] }>;
  'upload.unlisted': At<'warn', { store: string }>;
  'upload.aborted': At<'debug' | 'info', OfArchive & { reason: string }>;

  'retention.planned': At<
    'info',
    {
      archives: number;
      keep: number;
      remove: number;
      retained: number;
      reasons: Readonly<Record<string, number>>;
    }
  >;
  'retention.deleted': At<'info', OfArchive & { bytes: number }>;
  'retention.retained': At<'info', { key: string; lockedUntil: string }>;
  'retention.swept': At<'info', OfArchive & { bytes: number }>;
  'retention.bad_archive': At<
    'warn',
    {
      key: string;
      bytes?: number;
      expectedBytes?: number;
      error?: unknown;
    } & Partial<ArchivedAs>
  >;
  'retention.record_failed': At<'warn', Failure>;
  'retention.refused': At<'warn', Failure>;
  'retention.failed': At<'error', Failure>;

  'lock.waiting': At<'info', Holder>;
  'lock.held': At<'error', Holder>;
  'lock.renewal_failed': At<'warn', Failure>;
  'lock.release_failed': At<'warn', Failure>;
  'lock.no_room': At<'warn', Failure>;

  'schedule.next': At<'info', { slot: string; startsAt: string }>;
  /** `attempt`: how many runs of the slot have failed. */
  'schedule.retry': At<'warn', { slot: string; attempt: number; waitMs: number; startsAt: string }>;
  'schedule.missed': At<'info', { slot: string; newestArchivedAt: string | null }>;
  'schedule.skipped': At<'warn', { slot: string }>;
  'schedule.unknown': At<'warn', Failure>;
  'schedule.clock_set_back': At<'warn', { from: string; to: string }>;
  'schedule.ended': At<'warn', Record<never, never>>;

  'config.unknown_variable': At<'warn', { variable: string; meant: string }>;

  'daemon.started': At<
    'info',
    {
      version: string;
      databases: readonly Readonly<{
        name: string;
        cron: string;
        timezone: string;
        jitter: number;
        runOnStart: boolean;
        catchUp: boolean;
        retryAfter: number;
      }>[];
    }
  >;
  'daemon.token_not_renewable': At<'warn', { hint: string }>;
  'http.listening': At<'info', { port: number }>;
  'http.failed': At<'warn' | 'error', Failure & { path?: string }>;
  'metrics.failed': At<'error', Failure & { observed?: string }>;
  'metrics.bucket_unread': At<'warn', Failure>;
  'notify.sent': At<'debug', Notification & { attempts: number }>;
  'notify.failed': At<'warn', Notification & Failure>;
  'log.dropped': At<'warn', { lines: number }>;

  'shutdown.started': At<'info', { signal: string; boundMs: number }>;
  'shutdown.completed': At<'info', { signal: string; durationMs: number }>;
  'shutdown.forced': At<'warn', { signal: string }>;
  'shutdown.timed_out': At<'error', { signal: string; boundMs: number; waitingFor: readonly string[] }>;
  'shutdown.bound_failed': At<'error', Failure>;
  'shutdown.release_failed': At<'error', Failure & { releaser: string }>;
  'process.stray_error': At<'fatal', Failure & { origin: 'unhandledRejection' | 'uncaughtException' }>;
}

type Notification = {
  target: 'ping' | 'webhook';
  notification:
    | 'run.started'
    | 'run.completed'
    | 'run.interrupted'
    | 'run.failed'
    | 'verify.failed'
    | 'restore.failed';
  durationMs: number;
};

export type EventName = keyof Events;

/** What an event belongs to: fields that every event may have. */
export interface EventContext {
  readonly runId?: string;
  readonly database?: string;
  /** Why the daemon begins a run. */
  readonly trigger?: string;
}

/** The fields of one event: JSON values and errors only. No token, signed URL or key belongs here. */
export type EventFields<Name extends EventName> = Events[Name]['fields'] & EventContext;

/** An event that has happened. `event` says which fields it has. */
export type EmittedEvent = {
  [Name in EventName]: {
    readonly event: Name;
    readonly level: Events[Name]['level'];
    readonly fields: EventFields<Name>;
    /** The sentence for the person who reads the log. */
    readonly message: string | undefined;
  };
}[EventName];

/** Gets every event, whatever its level. */
export type EventSubscriber = (event: EmittedEvent) => void;
