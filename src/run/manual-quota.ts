import { byNewest } from '../model/backup.ts';
import { keepsIfAdded } from '../retention/mirror-candidates.ts';
import type { DatabaseJob, DatabaseState } from './database-job.ts';

/**
 * Warns when the backup about to be made, or the one after it, pushes out a manual backup that the bucket
 * lacks: that one was made by hand, and is nowhere else. One that the policy would not keep is no
 * reason to warn: most of these were archived in their time, and have been let go since.
 */
export function warnOfQuota(job: DatabaseJob, { info, backups, listing }: DatabaseState): void {
  const limit = info.manualBackupsKept ?? job.catalogue.manualBackupsKept;
  if (limit === null) return;
  const manual = backups.filter(({ method }) => method === 'manual').sort(byNewest);
  const next = manual.at(-1);
  if (next === undefined || manual.length < limit - 1) return;
  const dated = { backupId: next.id, createdAt: next.createdAt };
  const wanted = keepsIfAdded(listing.archives, [dated], job.retention, { now: new Date(job.clock.now()) });
  if (wanted.length === 0) return;
  job.log.warn(
    'backup.quota_near',
    { manual: manual.length, limit, backupId: next.id, createdAt: next.createdAt.toISOString() },
    `${job.catalogue.serviceName} keeps ${limit} manual backups: making more pushes out ${next.name}, which is not in the bucket. Modes latest and mirror make none.`,
  );
}
