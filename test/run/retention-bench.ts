import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { SimulatedS3Options } from '../../sandbox/s3/options.ts';
import type { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import { type ArchiveIdentity, archiveKey, manifestKey } from '../../src/model/archive-key.ts';
import type { Backup } from '../../src/model/backup.ts';
import type { RetentionPolicy } from '../../src/retention/retention-policy.ts';
import { type Pruned, pruneDatabase } from '../../src/run/prune/prune-database.ts';
import type { PruningJob } from '../../src/run/prune/pruning-job.ts';
import { S3ArchiveStore } from '../../src/stores/s3/s3-archive-store.ts';
import { DAY, KEEP_ALL, SETTINGS } from '../support/database-job.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type LoggedEvent, memoryLog } from '../support/memory-log.ts';
import { type SeededFacts, seedArchive, seededManifest } from '../support/seeded-archive.ts';
import { type SimulatedStore, startSimulatedStore } from '../support/simulated-store.ts';
import { storeOptions } from '../support/store-options.ts';

export const ADDON = 'ad-11111111-2222-3333-4444-555555555555';
/** The evening on which everything here is pruned. */
export const NOW = Date.parse('2026-06-30T22:00:00Z');

export interface BenchOptions {
  /** Of all keys; ends in `/`. Default: none. */
  readonly prefix?: string;
  readonly policy?: Partial<RetentionPolicy>;
  readonly allowMassDeletion?: boolean;
  readonly s3?: Partial<SimulatedS3Options>;
}

/** The retention of one database, `shop`, on a simulated store; archives of its nights are put there. */
export class RetentionBench implements AsyncDisposable {
  readonly s3: SimulatedS3;
  readonly clock: FakeClock;
  readonly events: LoggedEvent[] = [];
  /** Ids of the backups that Scalingo still lists. */
  readonly known = new Set<string>();
  readonly #prefix: string;
  readonly #job: PruningJob;
  readonly #close: () => Promise<void>;

  private constructor(simulated: SimulatedStore, clock: FakeClock, options: BenchOptions) {
    const { s3 } = simulated;
    this.s3 = s3;
    this.clock = clock;
    this.#prefix = options.prefix ?? '';
    const store = new S3ArchiveStore(storeOptions(s3, { prefix: this.#prefix }), clock);
    this.#job = {
      name: 'shop',
      sourceId: ADDON,
      store,
      catalogue: { list: async () => [...this.known].map((id) => ({ id }) as Backup) },
      clock,
      log: memoryLog({}, this.events).log,
      retention: { ...KEEP_ALL, ...options.policy },
      settings: SETTINGS,
      allowMassDeletion: options.allowMassDeletion ?? false,
    };
    this.#close = async () => {
      store.close();
      await simulated.close();
    };
  }

  static async start(options: BenchOptions = {}): Promise<RetentionBench> {
    const clock = new FakeClock({ auto: true, start: NOW });
    const now = () => new Date(clock.now());
    return new RetentionBench(await startSimulatedStore({ now, ...options.s3 }), clock, options);
  }

  /** The backup of the night so many days ago. */
  identity(daysAgo: number, database = 'shop'): ArchiveIdentity {
    const createdAt = new Date(Date.parse('2026-06-30T03:00:00Z') - daysAgo * DAY);
    return { database, createdAt, backupId: `b${String(daysAgo).padStart(4, '0')}` };
  }

  key(daysAgo: number, database?: string): string {
    return archiveKey(this.#prefix, this.identity(daysAgo, database));
  }

  manifestKey(daysAgo: number): string {
    return manifestKey(this.#prefix, this.identity(daysAgo));
  }

  /** Puts the archives of these nights there, with their manifests. */
  seed(daysAgo: readonly number[], database = 'shop', addonId = ADDON, size?: number): void {
    for (const days of daysAgo) {
      seedArchive(this.s3, this.#prefix, this.identity(days, database), {
        addonId,
        size: size ?? 100 + days,
      });
    }
  }

  /** Puts an object there that has no manifest, of that age. */
  seedUnproven(daysAgo: number, ageMs: number): string {
    const key = this.key(daysAgo);
    this.s3.put(key, 100, { lastModified: new Date(NOW - ageMs) });
    return key;
  }

  /** Puts the object of a night there, over the wire, with Object Lock. */
  async putLocked(daysAgo: number, until: Date | 'legal hold', size = 100 + daysAgo): Promise<string> {
    const { endpoint, region, accessKeyId, secretAccessKey } = this.s3;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const lock =
      until === 'legal hold'
        ? { ObjectLockLegalHoldStatus: 'ON' as const }
        : { ObjectLockMode: 'COMPLIANCE' as const, ObjectLockRetainUntilDate: until };
    const key = this.key(daysAgo);
    await client.send(
      new PutObjectCommand({ Bucket: 'archives', Key: key, Body: Buffer.alloc(size), ...lock }),
    );
    client.destroy();
    return key;
  }

  /** Puts another manifest in the place of one, or another text. */
  replaceManifest(daysAgo: number, by: string | Partial<SeededFacts>): void {
    const facts = { addonId: ADDON, size: 100 + daysAgo };
    const body = typeof by === 'string' ? by : seededManifest(this.identity(daysAgo), { ...facts, ...by });
    this.s3.put(this.manifestKey(daysAgo), body);
  }

  prune(options: { force?: boolean } = {}, signal = new AbortController().signal): Promise<Pruned> {
    return pruneDatabase(this.#job, { force: options.force ?? false }, signal);
  }

  /** The nights whose archives are there, with object and manifest. */
  nights(): number[] {
    const keys = new Set(this.s3.keys());
    return upTo(1000).filter((days) => keys.has(this.key(days)) && keys.has(this.manifestKey(days)));
  }

  named(event: string): LoggedEvent[] {
    return this.events.filter((each) => each.event === event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/** 0, 1, 2, … below `end`. */
export function upTo(end: number): number[] {
  return Array.from({ length: end }, (_, index) => index);
}
