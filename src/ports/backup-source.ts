import type { Backup } from '../model/backup.ts';
import type { EventLog } from './event-log.ts';

/** What the source says of a database. */
export interface DatabaseInfo {
  /** `postgresql`, `mysql`, `mongo`, `redis`, …; `null` where the source did not say. */
  readonly engine: string | null;
  readonly engineVersion: string | null;
  /** How many manual backups the source keeps of it before it deletes the oldest; `null` where that is not known. */
  readonly manualBackupsKept: number | null;
  /** Why its backups cannot be downloaded, as a sentence; `null` where they can. */
  readonly notDownloadable: string | null;
  /** `null` where the source says nothing of it. */
  readonly upkeep: DatabaseUpkeep | null;
}

/** What the source does with a database of its own accord. Each field is `null` where it did not say. */
export interface DatabaseUpkeep {
  /** In its own word; `running` where all is well. */
  readonly status: string | null;
  /** The id of what it does to the database just now; `null`: nothing. */
  readonly operation: string | null;
  /** Whether it makes backups by itself. */
  readonly ownBackups: boolean | null;
  /** The hours of the day, in UTC, at which it does. */
  readonly ownBackupHours: readonly number[];
  /** When it may work on the database. */
  readonly maintenance: WeeklyWindow | null;
}

/** Some hours of each week, in UTC. */
export interface WeeklyWindow {
  /** 0 is Sunday. */
  readonly weekday: number;
  /** The hour of the day at which it begins. */
  readonly hour: number;
  readonly hours: number;
}

/** Where to start reading, and what must not have changed since the last time. */
export interface DownloadRange {
  /** First byte wanted, from 0. */
  readonly start: number;
  /** Last byte wanted, inclusive (RFC 9110 §14.1.2); absent: to the end. */
  readonly end?: number;
  /**
   * Do not use a link that was fetched before. Links are reused only for ranges with an end (the parts of one
   * archive, which would otherwise cost an API call each).
   */
  readonly freshLink?: boolean;
  /** A strong validator of an earlier response, sent as `If-Range` (RFC 9110 §13.1.5). */
  readonly validator?: string;
}

/**
 * The bytes of a download on their way, to be iterated once. A chunk is its reader's until the next one is asked
 * for: its memory may be used again then. A reader that needs the bytes for longer keeps the chunk, or copies it.
 */
export interface DownloadBody extends AsyncIterable<Buffer> {
  /**
   * Leaves the newest chunk to its reader until the returned function is called, once.
   * @returns `undefined` where the chunk has to be copied
   */
  keep?(chunk: Buffer): (() => void) | undefined;
  /** Ends it and closes its connection. A pending read rejects, with `error` where one is given. */
  destroy(error?: Error): void;
}

/** An answered download, its body not yet read. */
export interface Download {
  /** First byte of `body` within the archive: 0 for a 200, the `Content-Range` start for a 206. */
  readonly start: number;
  /** Whether the server honoured a range (206). */
  readonly partial: boolean;
  /** Bytes that `body` will have, from `Content-Length`; `null` where the server did not say. */
  readonly length: number | null;
  /** Bytes of the whole archive, from `Content-Length` of a 200 or the total of `Content-Range`. */
  readonly totalSize: number | null;
  /**
   * Whether the end of `body` can be distinguished from a cut connection: it has a `Content-Length` or is chunked
   * (RFC 9112 §6.3). Otherwise a truncation looks like a success.
   */
  readonly framed: boolean;
  /** What `If-Range` may carry (RFC 9110 §13.1.5): the content tag, or `Last-Modified` where there is none. */
  readonly validator: string | null;
  /**
   * What stands for exactly these bytes: two responses with the same one are of the same bytes, as with a strong
   * entity tag (RFC 9110 §8.8.1). `Last-Modified` is no such proof: it counts in seconds, and two files can share
   * one (§8.8.2.2).
   */
  readonly contentTag: string | null;
  /**
   * The bytes as sent, never decompressed. Destroying it closes the connection. Errors raised by it are
   * already of our family.
   */
  readonly body: DownloadBody;
}

/**
 * What a source knows of one database. Every call is bounded in time, and reads are retried inside; errors are
 * `SourceError`s.
 */
export interface BackupCatalogue {
  /** How people call the service, for messages. */
  readonly serviceName: string;
  /** Whether it makes a backup when it is asked to. */
  readonly canCreate: boolean;
  /** Manual backups that it keeps of any database, at least, before it deletes the oldest; `null`: it keeps all. */
  readonly manualBackupsKept: number | null;
  info(signal: AbortSignal): Promise<DatabaseInfo>;
  /** The whole list, newest first. */
  list(signal: AbortSignal): Promise<Backup[]>;
  /**
   * Asks for a backup, at most once per call.
   * @returns `undefined` where the service made one and does not say which: the list shows it
   * @throws SourceError of kind `backup-in-flight` when it makes one already; `outcome-unknown` when no response
   *   said whether one was created: list before asking again
   */
  create(signal: AbortSignal): Promise<Backup | undefined>;
}

/** The bytes of one database's backups. */
export interface BackupReader {
  /**
   * Opens the archive of a done backup once, with no retry of its own: the reader knows how far it got. A range
   * that starts at 0 without an end is sent as no range.
   * @throws SourceError; of kind `range-refused` where the source does not give this range, `link-refused` where
   *   another try gets a fresh link
   */
  open(backupId: string, range: DownloadRange, signal: AbortSignal): Promise<Download>;
}

/** One database at its source. */
export interface SourceDatabase extends BackupCatalogue, BackupReader {}

/** Where backups come from: one for the process. */
export interface BackupSource {
  /**
   * @param database its id at the source, the application that it belongs to (where sources have such), and the log
   *   for what concerns it
   */
  database(database: DatabaseAddress): SourceDatabase;
  /** Closes all connections; nothing may be asked afterwards. */
  close(): void;
}

export interface DatabaseAddress {
  readonly id: string;
  readonly app: string | undefined;
  /** For this database's events, in place of the source's. */
  readonly log?: EventLog | undefined;
}
