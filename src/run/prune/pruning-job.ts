import type { BackupCatalogue } from '../../ports/backup-source.ts';
import { hasRules } from '../../retention/retention-policy.ts';
import type { DatabaseJob } from '../database-job.ts';

/** What of a job retention needs: of the source no more than which backups it still knows. */
export type PruningJob = Pick<
  DatabaseJob,
  'name' | 'sourceId' | 'store' | 'clock' | 'log' | 'retention' | 'allowMassDeletion'
> & {
  readonly catalogue: Pick<BackupCatalogue, 'list'>;
  readonly settings: Pick<DatabaseJob['settings'], 'sizeDrop'>;
};

/** Whether a database has a policy at all. */
export function hasPolicy(job: Pick<PruningJob, 'retention'>): boolean {
  return hasRules(job.retention);
}
