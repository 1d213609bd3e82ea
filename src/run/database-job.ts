import type { Backup } from '../model/backup.ts';
import type { ArchiveListing, ArchiveStore, UnfinishedUpload } from '../ports/archive-store.ts';
import type { BackupCatalogue, BackupReader, DatabaseInfo } from '../ports/backup-source.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { LeaseStore } from '../ports/lease.ts';
import type { Redaction } from '../ports/redaction.ts';
import type { TransferProgress } from '../ports/transfer-progress.ts';
import type { RetentionPolicy } from '../retention/retention-policy.ts';
import type { BackupMode } from './choose-work.ts';
import type { LeaseHolder } from './lease/lease.ts';

/** Times in milliseconds. */
export interface JobSettings {
  readonly mode: BackupMode;
  readonly reuseWithin: number;
  readonly pollInterval: number;
  /** How long to wait for a backup to be done. */
  readonly timeout: number;
  readonly stallTimeout: number;
  readonly maxAttempts: number;
  /** Whether the archive's bytes must equal the size that the API states. */
  readonly verifySize: boolean;
  /** Unfinished uploads older than this are aborted. */
  readonly maxUploadAge: number;
  /** From 0 to 1: how much smaller than those before it an archive is suspicious. */
  readonly sizeDrop: number;
  /** When the first run of this slot began: a backup made since then is this slot's, however old it is by now. */
  readonly slotBegan?: Date | undefined;
  /** A database that has an archive made at this time or later is done. */
  readonly since?: Date | undefined;
}

/** One database of the configuration, with everything that a run of it touches. */
export interface DatabaseJob {
  readonly name: string;
  readonly app: string | null;
  /** The database's id at its source. */
  readonly sourceId: string;
  readonly settings: JobSettings;
  readonly catalogue: BackupCatalogue;
  readonly reader: BackupReader;
  readonly store: ArchiveStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Bound to `runId` and `database`. */
  readonly log: EventLog;
  readonly progress: TransferProgress;
  /** Masks what services repeat of secrets. */
  readonly redaction: Pick<Redaction, 'redact'>;
  /** Version of this program, for the manifest. */
  readonly version: string;
  readonly retention: RetentionPolicy;
  /** Carry out a plan that deletes more than half of the archives. */
  readonly allowMassDeletion: boolean;
  readonly leases: LeaseStore;
  readonly holder: LeaseHolder;
}

/** What the bucket and the API show before anything is changed. */
export interface DatabaseState {
  readonly info: DatabaseInfo;
  readonly backups: readonly Backup[];
  readonly listing: ArchiveListing;
  readonly uploads: readonly UnfinishedUpload[];
}
