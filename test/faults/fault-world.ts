import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { archiveDigest } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { DatabaseJob } from '../../src/run/database-job.ts';
import { type Outcome, runAll } from '../../src/run/run-all.ts';
import { ScalingoSession } from '../../src/sources/scalingo/session.ts';
import type { S3ArchiveStore } from '../../src/stores/s3/s3-archive-store.ts';
import { SmallParts } from '../run/job-fixture.ts';
import { DAY, jobOf, KEEP_ALL, SECOND, SETTINGS } from '../support/database-job.ts';
import { memoryLog } from '../support/memory-log.ts';
import { storeOptions } from '../support/store-options.ts';
import { BucketView, type StoreAddress } from '../support/test-store.ts';
import { FaultyProxy } from './faulty-proxy.ts';
import { QuickClock } from './quick-clock.ts';
import { nameOfS3Call } from './s3-call.ts';

/** A minute of waiting for a store becomes 12 s. */
const TIME_SCALE = 0.2;
/**
 * An object whose deletion failed has lost its manifest, and is swept when it is a day old: the night that does it takes a
 * while of its own. Several nights in a row may each leave one.
 */
const REMNANT_AGE = DAY + 3_600_000;
const TIMEOUTS = { lookup: 5000, connect: 5000, secureConnect: 5000, response: 3000, request: 5000 };

export interface FaultWorldOptions {
  /** Bytes of a part. */
  readonly partSize: number;
  readonly parts: number;
  /** Whether the source ignores `Range`, so that the copy is a stream. */
  readonly stream?: boolean;
  /** Whether the SDK finds the store's credentials by itself, and not in the configuration. */
  readonly chain?: boolean;
}

interface Parts {
  readonly scalingo: SimulatedScalingo;
  readonly proxy: FaultyProxy;
  readonly clock: QuickClock;
  readonly database: SimulatedDatabase;
  readonly bucket: BucketView;
  readonly prefix: string;
  readonly job: Omit<DatabaseJob, 'log'>;
  /** SHA-256 of every backup. */
  readonly digest: string;
}

/**
 * One database between a simulated Scalingo and a store behind a proxy that breaks what a cell says. Its nights are
 * whole runs: lease, probe, backup, copy, proof and retention, which keeps one archive. Its clock is
 * quick.
 */
export class FaultWorld implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #stack: AsyncDisposableStack;
  #morning = 0;
  days = 0;

  private constructor(parts: Parts, stack: AsyncDisposableStack) {
    this.#parts = parts;
    this.#stack = stack;
  }

  /** A world that has one archive. */
  static async open(
    address: StoreAddress,
    { partSize, parts, stream = false, chain = false }: FaultWorldOptions,
  ): Promise<FaultWorld> {
    await using stack = new AsyncDisposableStack();
    const clock = new QuickClock(Date.now() - 3 * DAY);
    const archive = syntheticArchive({ size: (parts - 1) * partSize + 11, seed: 'matrix' });
    const scalingo = stack.use(await SimulatedScalingo.start({ clock }));
    const database = scalingo.addDatabase({ app: 'shop', archive, timeline: { polls: 2 } });
    if (stream) database.download = { range: 'ignore' };
    const proxy = stack.use(await FaultyProxy.start(address.endpoint, nameOfS3Call));
    const { endpoint } = proxy;
    const { authUrl, apiUrl, databaseApiUrl, storageUrl, apiToken } = scalingo;
    clock.watch([endpoint, authUrl, apiUrl, databaseApiUrl, storageUrl]);
    const prefix = `t${randomUUID().slice(0, 8)}/`;
    const found = chain ? { accessKeyId: undefined, secretAccessKey: undefined } : {};
    // Small, so that a cell costs little: a server that takes no small parts is given large ones.
    const store: S3ArchiveStore = new SmallParts(
      storeOptions(address, { endpoint, prefix, timeoutScale: TIME_SCALE, ...found }),
      clock,
      { partSize, concurrency: 2 },
      true,
    );
    stack.defer(() => store.close());
    const urls = { authUrl, apiUrl, databaseApiUrl };
    const more = { userAgent: 'tests', random: () => 0.5, timeouts: TIMEOUTS };
    const session = new ScalingoSession({ ...urls, apiToken, clock, ...more });
    stack.defer(() => session.close());
    const source = session.database({ app: 'shop', id: database.id });
    const bucket = new BucketView(address);
    stack.defer(() => bucket.close());
    const job = jobOf({
      app: 'shop',
      sourceId: database.id,
      catalogue: source,
      reader: source,
      store,
      leases: store.leases,
      holder: { holder: randomUUID(), host: 'h', pid: 1, processTable: null, isAlive: () => true },
      clock,
      settings: { ...SETTINGS, stallTimeout: 3 * SECOND, pollInterval: SECOND },
      retention: { ...KEEP_ALL, keepLast: 1 },
      allowMassDeletion: true,
    });
    const digest = await archiveDigest(archive);
    const world = new FaultWorld(
      { scalingo, proxy, clock, database, bucket, prefix, job, digest },
      stack.move(),
    );
    const first = await world.night();
    expect(first.status === 'failed' ? first.error : first.status).toBe('archived');
    return world;
  }

  /** From here on the next night is due, and all is counted anew. */
  nextDay(): void {
    const { clock, proxy } = this.#parts;
    this.days++;
    clock.skip(DAY);
    proxy.forget();
    this.#morning = clock.now();
  }

  get scalingo(): SimulatedScalingo {
    return this.#parts.scalingo;
  }

  get proxy(): FaultyProxy {
    return this.#parts.proxy;
  }

  /** How many backups were made since `nextDay`. */
  get backups(): number {
    return this.#parts.database.backups.filter(({ createdAt }) => createdAt >= this.#morning).length;
  }

  /** One whole run. */
  async night(): Promise<Outcome> {
    const { log, events } = memoryLog();
    const job = { ...this.#parts.job, log };
    const { outcomes } = await runAll(
      [job],
      1,
      { clock: this.#parts.clock, log },
      new AbortController().signal,
    );
    if (outcomes[0] === undefined) throw new Error(`no outcome: ${JSON.stringify(events)}`);
    return outcomes[0];
  }

  /** Whether an upload is unfinished. */
  async hasUploads(): Promise<boolean> {
    return (await this.#parts.bucket.unfinishedUploads(this.#parts.prefix)).length > 0;
  }

  /** Whether the newest backup has its manifest. */
  async hasTonights(): Promise<boolean> {
    const { id } = this.#parts.database.newestBackup;
    const keys = await this.#parts.bucket.keys(this.#parts.prefix);
    return this.backups > 0 && keys.some((key) => key.endsWith('.manifest.json') && key.includes(id));
  }

  /** The newest backup is the one archive, byte for byte, with its manifest, and nothing else is there. */
  async expectWhole(): Promise<void> {
    const { database, bucket, prefix, digest } = this.#parts;
    const { id } = database.newestBackup;
    const keys = (await bucket.keys(prefix)).filter((key) => !key.includes('.locks/'));
    const manifestKey = keys.find((key) => key.endsWith('.manifest.json') && key.includes(id));
    expect(manifestKey, 'manifest of the newest backup').toBeDefined();
    const manifest = JSON.parse(await bucket.text(manifestKey ?? '')) as Manifest;
    const { sha256 } = await bucket.digest(manifest.key);
    expect(sha256, 'bytes').toBe(digest);
    expect(await bucket.unfinishedUploads(prefix), 'uploads').toEqual([]);
    const all = keys.filter((key) => key.includes('/shop/'));
    expect(all.filter((key) => key.endsWith('.manifest.json'))).toEqual([manifestKey]);
    const remnants = all.filter((key) => key.endsWith('.tar.gz') && key !== manifest.key);
    for (const key of remnants) expect(await this.#ageOf(key), `age of ${key}`).toBeLessThan(REMNANT_AGE);
  }

  /** Milliseconds since the store wrote it, by the clock of the run: the store's own is not the run's. */
  async #ageOf(key: string): Promise<number> {
    const { LastModified: modified } = await this.#parts.bucket.head(key);
    return this.#parts.clock.now() - (modified?.getTime() ?? Number.NEGATIVE_INFINITY);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
