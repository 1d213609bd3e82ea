import { type Backup, byNewest } from '../model/backup.ts';
import type { ArchiveListing } from '../ports/archive-store.ts';
import type { BackupCatalogue, DatabaseInfo } from '../ports/backup-source.ts';
import { keepsIfAdded } from '../retention/mirror-candidates.ts';
import type { RetentionPolicy } from '../retention/retention-policy.ts';
import type { DatabaseJob, DatabaseState } from './database-job.ts';

/** What is known of a database's manual backups. */
export interface QuotaFacts {
  readonly catalogue: Pick<BackupCatalogue, 'manualBackupsKept'>;
  readonly info: Pick<DatabaseInfo, 'manualBackupsKept'>;
  readonly backups: readonly Backup[];
  readonly archives: ArchiveListing['archives'];
  readonly retention: RetentionPolicy;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** How full the source's place for manual backups is. */
export interface ManualQuota {
  readonly manual: number;
  readonly limit: number;
  /**
   * A manual backup that the one about to be made, or the one after it, pushes out, and that the bucket lacks: it was made
   * by hand, and is nowhere else. One that the policy would not keep does not count: most of these were archived in
   * their time, and have been let go since.
   */
  readonly endangered: Backup | undefined;
}

/** @returns `undefined` where the source keeps all manual backups */
export function manualQuota(facts: QuotaFacts): ManualQuota | undefined {
  const { catalogue, info, backups, archives, retention, now } = facts;
  const limit = info.manualBackupsKept ?? catalogue.manualBackupsKept;
  if (limit === null) return undefined;
  const manual = backups.filter(({ method }) => method === 'manual').sort(byNewest);
  const next = manual.at(-1);
  const quota = { manual: manual.length, limit };
  if (next === undefined || manual.length < limit - 1) return { ...quota, endangered: undefined };
  const dated = { backupId: next.id, createdAt: next.createdAt };
  const wanted = keepsIfAdded(archives, [dated], retention, { now: new Date(now) });
  return { ...quota, endangered: wanted.length === 0 ? undefined : next };
}

/** Warns of a manual backup that is about to be lost. */
export function warnOfQuota(job: DatabaseJob, { info, backups, listing }: DatabaseState): void {
  const { catalogue, retention, clock } = job;
  const { archives } = listing;
  const quota = manualQuota({ catalogue, info, backups, archives, retention, now: clock.now() });
  if (quota?.endangered === undefined) return;
  const { manual, limit, endangered: next } = quota;
  job.log.warn(
    'backup.quota_near',
    { manual, limit, backupId: next.id, createdAt: next.createdAt.toISOString() },
    `${catalogue.serviceName} keeps ${limit} manual backups: making more pushes out ${next.name}, which is not in the bucket. Modes latest and mirror make none.`,
  );
}
