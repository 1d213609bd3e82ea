import { createHash } from 'node:crypto';
import type { ArchiveSource } from '../archive/archive-source.ts';
import { syntheticArchive } from '../archive/synthetic-archive.ts';
import type { SimulationClock } from './credentials.ts';
import type { DownloadBehaviour } from './download-behaviour.ts';
import type { Fault, Operation } from './fault.ts';
import { FaultQueue } from './fault-queue.ts';
import { type Outcome, SimulatedBackup, type Timeline } from './simulated-backup.ts';

export interface DatabaseOptions {
  readonly app: string;
  /** The addon id, `ad-…`. */
  readonly id: string;
  /** `postgresql`, `mysql`, `elasticsearch`, `postgresql-ng`, …; default `postgresql`. */
  readonly type?: string;
  readonly version?: string;
  readonly plan?: string;
  /** The archive of every backup, or of the nth (from 0) one created; default: 256 KiB, each its own. */
  readonly archive?: ArchiveSource | ((n: number) => ArchiveSource);
  /** Default `{ polls: 2 }`. */
  readonly timeline?: Timeline;
  /** Manual backups that are kept before the oldest is deleted: 10 (default), 50 on Business plans. */
  readonly manualLimit?: number;
}

/** What the next backup that is created will be like, where it differs from the database's own ways. */
export interface BackupPlan {
  readonly archive?: ArchiveSource;
  readonly timeline?: Timeline;
  readonly outcome?: Outcome;
  readonly reportedSize?: number | null;
}

export interface AddBackupOptions {
  readonly id?: string;
  /** Any word; default `done`. Without it and with a `timeline`, the timeline decides. */
  readonly status?: string;
  /** Default: now. */
  readonly createdAt?: Date | number | string;
  /** Default `periodic`. */
  readonly method?: 'manual' | 'periodic';
  readonly archive?: ArchiveSource;
  readonly timeline?: Timeline;
  readonly outcome?: Outcome;
  readonly reportedSize?: number | null;
}

/** How the links of one database's archives live. */
export interface LinkPolicy {
  readonly lifetimeMs: number;
  /** Good for one download only. */
  readonly oneTime: boolean;
  /** Status of an expired or used link. */
  readonly refusedStatus: 401 | 403 | 404 | 410;
}

/** One database addon and its backups. Fields that are not `readonly` may be set by tests at any time. */
export class SimulatedDatabase {
  readonly app: string;
  readonly id: string;
  /** The Database API's own id, 24 hex digits. */
  readonly databaseId: string;
  type: string;
  version: string;
  plan: string;
  status = 'running';
  periodicBackups = true;
  /** The id of what works on it; `null`: nothing. */
  currentOperation: string | null = null;
  /** Weekday 0 is Sunday; hours in UTC. `null`: the service does not say. */
  maintenanceWindow: { weekday_utc: number; starting_hour_utc: number; duration_in_hour: number } | null =
    null;
  /** In order of creation. */
  readonly backups: SimulatedBackup[] = [];
  manualLimit: number;
  /** A second backup at a time is refused with 400. */
  refusesWhileRunning = true;
  listOrder: 'newest-first' | 'oldest-first' | 'shuffled' = 'newest-first';
  links: LinkPolicy = { lifetimeMs: 3_600_000, oneTime: false, refusedStatus: 403 };
  /** How every download behaves; `nextDownloads` is laid over it. */
  download: DownloadBehaviour = {};
  /** Reshapes a backup's JSON in every response: fields missing, of a wrong type, unknown. */
  reshape: (json: Record<string, unknown>, backup: SimulatedBackup) => unknown = (json) => json;
  readonly faults = new FaultQueue();
  readonly #clock: SimulationClock;
  readonly #archive: (n: number) => ArchiveSource;
  readonly #timeline: Timeline;
  readonly #downloads: DownloadBehaviour[] = [];
  readonly #plans: BackupPlan[] = [];
  #count = 0;

  constructor(clock: SimulationClock, options: DatabaseOptions) {
    const { archive } = options;
    this.#clock = clock;
    this.app = options.app;
    this.id = options.id;
    this.databaseId = hex24(`database ${options.id}`);
    this.type = options.type ?? 'postgresql';
    this.version = options.version ?? '16.4.0-1';
    this.plan = options.plan ?? 'postgresql-starter-1024';
    this.manualLimit = options.manualLimit ?? 10;
    this.#timeline = options.timeline ?? { polls: 2 };
    this.#archive =
      typeof archive === 'function'
        ? archive
        : (n) => archive ?? syntheticArchive({ size: 256 * 1024, seed: `${options.id} ${n}` });
  }

  /** The next `times` calls of `operation` on this database meet `fault`. */
  fail(operation: Operation, fault: Fault | readonly Fault[], times = 1): this {
    for (const each of [fault].flat()) this.faults.add(operation, each, times);
    return this;
  }

  /** The downloads to come behave so, one each; then `download` alone counts again. */
  nextDownloads(...behaviours: readonly DownloadBehaviour[]): this {
    this.#downloads.push(...behaviours);
    return this;
  }

  /** The backups to be created through the API will be so, one each. */
  nextBackups(...plans: readonly BackupPlan[]): this {
    this.#plans.push(...plans);
    return this;
  }

  /** Puts a backup there as if it had been made before. */
  addBackup(options: AddBackupOptions = {}): SimulatedBackup {
    const createdAt = new Date(options.createdAt ?? this.#clock.now()).getTime();
    const backup = this.#make(createdAt, options.method ?? 'periodic', options, options.id);
    const status = options.status ?? (options.timeline === undefined ? 'done' : undefined);
    if (status !== undefined) backup.setStatus(status);
    this.backups.push(backup);
    return backup;
  }

  /** What `POST …/backups` does: a manual backup, and the oldest manual one beyond the limit rolls off. */
  createBackup(): SimulatedBackup {
    const backup = this.#make(this.#clock.now(), 'manual', this.#plans.shift() ?? {});
    this.backups.push(backup);
    const manual = this.backups.filter(({ method }) => method === 'manual');
    const surplus = Math.max(manual.length - this.manualLimit, 0);
    for (const old of manual.sort((a, b) => a.createdAt - b.createdAt).slice(0, surplus)) {
      this.removeBackup(old.id);
    }
    return backup;
  }

  /** Makes a backup vanish, as rolling does. */
  removeBackup(id: string): void {
    const index = this.backups.findIndex((backup) => backup.id === id);
    if (index >= 0) this.backups.splice(index, 1);
  }

  backup(id: string): SimulatedBackup | undefined {
    return this.backups.find((backup) => backup.id === id);
  }

  /** @throws Error when there is no backup yet */
  get newestBackup(): SimulatedBackup {
    const newest = this.backups.at(-1);
    if (newest === undefined) throw new Error(`database ${this.id} has no backup`);
    return newest;
  }

  /** The behaviour of the download that is being answered now. */
  takeDownload(): DownloadBehaviour {
    return { ...this.download, ...this.#downloads.shift() };
  }

  #make(createdAt: number, method: 'manual' | 'periodic', plan: BackupPlan, id?: string): SimulatedBackup {
    const n = this.#count++;
    const backup = new SimulatedBackup({
      id: id ?? hex24(`backup ${this.id} ${n}`),
      name: `${new Date(createdAt).toISOString().slice(0, 19).replace(/\D/g, '')}_${this.app}-3938`,
      databaseId: this.databaseId,
      createdAt,
      method,
      archive: plan.archive ?? this.#archive(n),
      timeline: plan.timeline ?? this.#timeline,
      outcome: plan.outcome ?? 'done',
    });
    backup.reportedSize = plan.reportedSize;
    return backup;
  }
}

/** 24 hex digits as the API's ids have, always the same for the same text. */
function hex24(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
