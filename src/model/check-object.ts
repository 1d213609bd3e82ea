import type { ArchiveIdentity } from './archive-key.ts';

const MARK = 'check-';

/**
 * What `check` stores for a moment where the archives of a database are. Its key parses as ours, so that a run finds and
 * sweeps what a killed check leaves; its time is one that no backup has.
 * @param checkId letters, digits and dashes
 */
export function checkObject(database: string, checkId: string): ArchiveIdentity {
  return { database, createdAt: new Date(0), backupId: `${MARK}${checkId}` };
}

/** Whether this was made by a check: then no run has begun it. */
export function isCheckObject({ createdAt, backupId }: ArchiveIdentity): boolean {
  return createdAt.getTime() === 0 && backupId.startsWith(MARK);
}
