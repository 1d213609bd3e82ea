import type { Backup } from '../model/backup.ts';

/** What the Database API says of the database behind an addon. */
export interface DatabaseInfo {
  /** `null` where the service did not tell. `postgresql`, `mysql`, `mongo`, `redis`, `elasticsearch`, `postgresql-ng`, … */
  readonly typeName: string | null;
  /** `readable_version`, where sent. */
  readonly version: string | null;
  readonly plan: string | null;
  readonly status: string | null;
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
  /** A strong validator of an earlier answer, sent as `If-Range` (RFC 9110 §13.1.5). */
  readonly validator?: string;
}

/**
 * The bytes of a download on their way, to be iterated once. A chunk is its reader's until the next one is asked
 * for: its memory may be used again then, so who keeps bytes copies them.
 */
export interface DownloadBody extends AsyncIterable<Buffer> {
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
   * Whether the end of `body` can be told from a cut connection: it has a `Content-Length` or is chunked
   * (RFC 9112 §6.3). Otherwise a truncation looks like a success.
   */
  readonly framed: boolean;
  /** A strong `ETag`, or `Last-Modified` where there is no ETag: what `If-Range` may carry. */
  readonly validator: string | null;
  /**
   * The strong `ETag`. Two responses with the same one are of the same bytes (RFC 9110 §8.8.1). `Last-Modified`
   * is no such proof: it counts in seconds, and two files can share one (§8.8.2.2).
   */
  readonly strongEtag: string | null;
  /** `X-Request-Id` of the answer. */
  readonly requestId: string | null;
  /**
   * The bytes as sent, never decompressed. Destroying it closes the connection. Errors raised by it are
   * already of our family (`scalingo.network`, `scalingo.timeout`).
   */
  readonly body: DownloadBody;
}

/**
 * The Database API of one addon. Every call is bounded in time, and reads are retried inside; errors are
 * `ScalingoError`s.
 */
export interface BackupApi {
  /** `GET /api/databases/:id`. */
  info(signal: AbortSignal): Promise<DatabaseInfo>;
  /** `GET …/backups`: the whole list (it is not paged), newest first. */
  list(signal: AbortSignal): Promise<Backup[]>;
  /**
   * `POST …/backups`, sent at most once per call.
   * @throws ScalingoError `scalingo.backup_running` when one is in flight; `scalingo.create_unknown` when
   *   no answer told whether one was created: list before asking again.
   */
  create(signal: AbortSignal): Promise<Backup>;
  /**
   * Fetches a link (`GET …/backups/:id/archive`) and opens it once, with no retry of its own: who reads knows
   * how far it got. A range that starts at 0 without an end is sent as no range.
   * @throws ScalingoError also for a refused range (`scalingo.range_refused`, 416).
   */
  download(backupId: string, range: DownloadRange, signal: AbortSignal): Promise<Download>;
}
