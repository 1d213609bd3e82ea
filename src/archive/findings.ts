import type { ArchiveListing, UnfinishedUpload } from '../domain/archive-store.ts';
import type { Backup } from '../domain/backup.ts';
import type { DatabaseInfo } from '../domain/backup-api.ts';

/** What the bucket and the API show before anything is changed. */
export interface Findings {
  readonly info: DatabaseInfo;
  readonly backups: readonly Backup[];
  readonly listing: ArchiveListing;
  readonly uploads: readonly UnfinishedUpload[];
}
