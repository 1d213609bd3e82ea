import { byNewest } from '../domain/backup.ts';
import type { DatabaseJob } from './database-job.ts';
import type { Findings } from './findings.ts';

/**
 * Manual backups that Scalingo keeps by plan before the oldest is deleted
 * (https://doc.scalingo.com/platform/databases/backup).
 */
const KEPT = { starter: 10, business: 50 };

/**
 * Warns when the backup about to be made, or one soon after, pushes out a manual backup that is not in the
 * bucket: somebody made that one by hand, and nobody else has it.
 */
export function warnOfQuota(job: DatabaseJob, { info, backups, listing }: Findings): void {
  const limit = /business|enterprise/.test(info.plan ?? '') ? KEPT.business : KEPT.starter;
  const manual = backups.filter(({ method }) => method === 'manual').sort(byNewest);
  if (manual.length < limit - 1) return;
  const archived = new Set(listing.archives.map(({ backupId }) => backupId));
  const next = manual.at(-1);
  if (next === undefined || archived.has(next.id)) return;
  job.log.warn(
    'backup.quota_near',
    { manual: manual.length, limit, backupId: next.id, createdAt: next.createdAt.toISOString() },
    `Scalingo keeps ${limit} manual backups: making another pushes out ${next.name}, which is not in the bucket. Modes latest and mirror make none.`,
  );
}
