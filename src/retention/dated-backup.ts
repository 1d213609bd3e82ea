/** What retention needs to know of an archive: the backup's own time, and its id. */
export interface DatedBackup {
  readonly createdAt: Date;
  readonly backupId: string;
}

/** One archive on its way through the rules of a plan. */
export interface Entry<T extends DatedBackup = DatedBackup> {
  readonly archive: T;
  /** Milliseconds, at a whole second. */
  readonly time: number;
  /** Why it stays, so far. */
  readonly reasons: string[];
}
