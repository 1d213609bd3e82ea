import type { Backup } from '../model/backup.ts';
import type { ArchiveListing, UnfinishedUpload } from '../ports/archive-store.ts';
import type { DatabaseInfo } from '../ports/backup-source.ts';

/** What the bucket and the API show before anything is changed. */
export interface DatabaseState {
  readonly info: DatabaseInfo;
  readonly backups: readonly Backup[];
  readonly listing: ArchiveListing;
  readonly uploads: readonly UnfinishedUpload[];
}
