/**
 * A backup as its source reports it, after validation at the edge.
 */
export interface Backup {
  /** 24 hex digits in every observed response; `[A-Za-z0-9-]+` is what we rely on, since it goes into keys. */
  readonly id: string;
  /** The source's own id of the database inside its API. Not the id that the configuration names: never compare the two. */
  readonly databaseId: string;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly name: string;
  /** Bytes of the archive. `null` until the backup is done (the API says 0 or null). */
  readonly size: number | null;
  /** The API's own word: `scheduled`, `pending`, `running`, `done`, `error`, `cancelled`, `cancelling`, … */
  readonly status: string;
  /** `postgresql`, … where sent. */
  readonly type?: string | null;
  /** `manual` or `periodic` where sent. */
  readonly method: string | null;
}

export type BackupPhase = 'in-flight' | 'done' | 'failed';

/** `error` and `cancelled` are final; any word but those and `done` counts as in flight: the deadline bounds it. */
export function phaseOf(backup: Pick<Backup, 'status'>): BackupPhase {
  switch (backup.status) {
    case 'done':
      return 'done';
    case 'error':
    case 'cancelled':
      return 'failed';
    default:
      return 'in-flight';
  }
}

/** Newest first. The list endpoint promises no order; equal stamps fall back to the id so that it is total. */
export function byNewest(a: Backup, b: Backup): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}
