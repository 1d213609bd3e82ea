import type { ArchiveStore } from '../domain/archive-store.ts';
import type { BackupApi } from '../domain/backup-api.ts';
import type { BackupMode } from '../domain/choose-work.ts';
import type { Clock, Random } from '../domain/clock.ts';
import type { EventLog } from '../domain/event-log.ts';
import type { LeaseStore } from '../domain/lease.ts';
import type { Redaction } from '../domain/redaction.ts';
import type { RetentionPolicy } from '../domain/retention/retention-policy.ts';
import type { TransferProgress } from '../domain/transfer-progress.ts';
import type { LeaseHolder } from './lease.ts';

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
  /** A database that has an archive made at this time or later is done. */
  readonly since?: Date | undefined;
}

/** One database of the configuration, with everything that a run of it touches. */
export interface DatabaseJob {
  readonly name: string;
  readonly app: string | null;
  readonly addonId: string;
  readonly settings: JobSettings;
  readonly api: BackupApi;
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
