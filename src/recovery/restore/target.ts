import type { DatabaseServer, RestorableEngine } from '../../model/server-url.ts';

/** A table, and how many rows were counted in it. */
export interface CountedTable {
  readonly name: string;
  readonly rows: number;
}

/** What there is in a restored database. */
export interface Counts {
  /** In the order of their names; of a partitioned table in PostgreSQL each partition. */
  readonly tables: readonly CountedTable[];
  /** Other objects, by kind. */
  readonly objects: Readonly<Record<string, number>>;
  /** Bytes that the database takes on its server. */
  readonly bytes: number;
}

/** The dump that is to be restored. */
export interface FoundDump {
  readonly engine: RestorableEngine;
  /** Of its file in the archive. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** Where a dump is to be restored, and how. */
export interface Opening {
  readonly key: string;
  readonly server: DatabaseServer;
  /** Into the empty database of the server's URL, which stays; else into one that is made, and dropped. */
  readonly keep: boolean;
  /** pg_restore's parallel jobs, from a file; 1: from a stream. */
  readonly jobs: number;
  /** What could not be cleared away. */
  readonly onLeft: (database: string, error: unknown) => void;
}

/** What a restore has come to. */
export interface RestoreEnd {
  /** What a restore to another server always shows. */
  readonly warnings: readonly string[];
  /** Tables that the dump makes, where the restore could count them. */
  readonly statedTables?: number;
}

/** A database that a dump is being restored into. */
export interface RestoreTarget extends AsyncDisposable {
  /** Its name on the server. */
  readonly database: string;
  /** Versions of the tools, as they say them. */
  readonly tools: readonly string[];
  readonly serverVersion: string;
  /**
   * Takes the next bytes of the dump.
   * @throws what is wrong, once the tool has ended early
   */
  write(bytes: Buffer, signal: AbortSignal): Promise<void>;
  /** All bytes have come. @throws ArchiverError where the dump or the server failed */
  finish(signal: AbortSignal): Promise<RestoreEnd>;
  /** @throws ArchiverError `restore.server_failed` */
  count(signal: AbortSignal): Promise<Counts>;
}
