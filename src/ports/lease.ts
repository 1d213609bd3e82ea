/** Who works on a database just now: the content of `<prefix>.locks/<database>.json`. */
export interface LeaseRecord {
  /** Unique to one run. */
  readonly holder: string;
  /** For the person who looks: where that run is. */
  readonly host: string;
  readonly pid: number;
  /**
   * Names the process table that `pid` belongs to, where the system can tell (boot and PID namespace): only
   * there can a pid say that its process is dead.
   */
  readonly processTable: string | null;
  /** ISO-8601; for people only, no decision depends on it. */
  readonly acquiredAt: string;
  readonly renewedAt: string;
}

/** A stored lease, and what stands for exactly this state of it. */
export interface StoredLease {
  /** `null` where the object is none of ours to read: it counts as held until it has not changed for a lease time. */
  readonly record: LeaseRecord | null;
  readonly version: string;
}

/** Writes that lose a race fail with an error of kind `conflict`. */
export interface LeaseStore {
  readLease(database: string, signal: AbortSignal): Promise<StoredLease | undefined>;
  /**
   * @param replaces the state that it takes the place of; `undefined`: there must be none
   * @returns the new state's version
   */
  writeLease(
    database: string,
    record: LeaseRecord,
    replaces: string | undefined,
    signal: AbortSignal,
  ): Promise<string>;
  removeLease(database: string, signal: AbortSignal): Promise<void>;
}

/** How long a lease stands without being renewed, in milliseconds. */
export const LEASE_TIME = 30_000;
