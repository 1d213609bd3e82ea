import { expect } from 'vitest';
import { type ArchiveSource, archiveDigest, fileArchive } from '../../sandbox/archive/archive-source.ts';
import type { SimulatedS3Options } from '../../sandbox/s3/options.ts';
import type { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { PartLayout } from '../../src/model/part-layout.ts';
import type { ArchiveStore } from '../../src/ports/archive-store.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { archiveDatabase } from '../../src/run/archive-database.ts';
import type { DatabaseJob, JobSettings } from '../../src/run/database-job.ts';
import { ScalingoSession } from '../../src/sources/scalingo/session.ts';
import { S3ArchiveStore } from '../../src/stores/s3/s3-archive-store.ts';
import type { S3Options } from '../../src/stores/s3/s3-options.ts';
import { jobOf, SETTINGS } from '../support/database-job.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type LoggedEvent, memoryLog } from '../support/memory-log.ts';
import { startSimulatedStore } from '../support/simulated-store.ts';
import { storeOptions } from '../support/store-options.ts';

export const BUCKET = 'archives';
export const KiB = 2 ** 10;
export const MiB = 2 ** 20;
/** The parts of most tests here: small, so that there are many. The store is told to take them. */
export const PART = 64 * KiB;
const CONCURRENCY = 4;

export interface JobOptions {
  /** The archive of every backup. */
  readonly archive: ArchiveSource;
  readonly layout?: Partial<PartLayout>;
  /** Whether parts that are held in memory have that layout too. Default: what the store chooses. */
  readonly smallStream?: boolean;
  readonly settings?: Partial<JobSettings>;
  readonly s3?: Partial<SimulatedS3Options>;
  readonly store?: Partial<S3Options>;
  /** What takes the place of the store in the job. */
  readonly wrap?: (store: ArchiveStore) => ArchiveStore;
  /** Where the store is reached: a proxy in front of it. */
  readonly through?: (endpoint: string) => Promise<{ readonly endpoint: string } & AsyncDisposable>;
}

/** The store with parts smaller than S3 allows: one that takes them is at the other end. */
export class SmallParts extends S3ArchiveStore {
  readonly #layout: PartLayout;
  readonly #smallStream: boolean;

  constructor(options: S3Options, clock: Clock, layout: PartLayout, smallStream = false) {
    super(options, clock);
    this.#layout = layout;
    this.#smallStream = smallStream;
  }

  override streamLayoutFor(size: number | null): PartLayout {
    return this.#smallStream ? this.#layout : super.streamLayoutFor(size);
  }

  override layoutFor(): PartLayout {
    return this.#layout;
  }
}

/** One database's job in this process, between a simulated Scalingo and a simulated store. */
export class JobFixture implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly scalingo: SimulatedScalingo;
  readonly database: SimulatedDatabase;
  readonly s3: SimulatedS3;
  readonly store: ArchiveStore;
  readonly options: JobOptions;
  readonly #stack: AsyncDisposableStack;
  readonly #session: ScalingoSession;

  private constructor(
    parts: Pick<JobFixture, 'clock' | 'scalingo' | 'database' | 's3' | 'store' | 'options'>,
    session: ScalingoSession,
    stack: AsyncDisposableStack,
  ) {
    this.clock = parts.clock;
    this.scalingo = parts.scalingo;
    this.database = parts.database;
    this.s3 = parts.s3;
    this.store = parts.store;
    this.options = parts.options;
    this.#session = session;
    this.#stack = stack;
  }

  static async start(options: JobOptions): Promise<JobFixture> {
    await using stack = new AsyncDisposableStack();
    const clock = new FakeClock({ auto: true });
    const { s3 } = stack.use(
      await startSimulatedStore({
        now: () => new Date(clock.now()),
        ...options.s3,
        quirks: { minPartSize: 1, defaultChecksum: false, ...options.s3?.quirks },
      }),
    );
    const proxy = options.through === undefined ? undefined : stack.use(await options.through(s3.endpoint));
    const layout = { partSize: PART, concurrency: CONCURRENCY, ...options.layout };
    const own = new SmallParts(
      storeOptions(s3, { endpoint: proxy?.endpoint ?? s3.endpoint, ...options.store }),
      clock,
      layout,
      options.smallStream,
    );
    stack.defer(() => own.close());
    const scalingo = stack.use(await SimulatedScalingo.start({ clock }));
    const database = scalingo.addDatabase({ app: 'shop', archive: options.archive });
    const session = new ScalingoSession({
      authUrl: scalingo.authUrl,
      apiUrl: scalingo.apiUrl,
      databaseApiUrl: scalingo.databaseApiUrl,
      apiToken: scalingo.apiToken,
      userAgent: 'tests',
      clock,
      random: () => 0.5,
    });
    stack.defer(() => session.close());
    const store = options.wrap?.(own) ?? own;
    return new JobFixture({ clock, scalingo, database, s3, store, options }, session, stack.move());
  }

  /** The same account, database and store, with another store client in between. Ends with this one. */
  with({ store }: Pick<JobOptions, 'store'>): Pick<JobFixture, 'run' | 'fail'> {
    const layout = { partSize: PART, concurrency: CONCURRENCY, ...this.options.layout };
    const own = new SmallParts(storeOptions(this.s3, store), this.clock, layout);
    this.#stack.defer(() => own.close());
    const { clock, scalingo, database, s3, options } = this;
    return new JobFixture(
      { clock, scalingo, database, s3, store: own, options },
      this.#session,
      new AsyncDisposableStack(),
    );
  }

  /** One run. @throws what the run throws */
  async run(signal: AbortSignal = new AbortController().signal): Promise<Run> {
    const { log, events } = memoryLog();
    const manifests = await archiveDatabase(this.job(log), signal);
    return { manifests, events };
  }

  /** One run that must fail. @returns what it threw, and what it logged */
  async fail(
    signal: AbortSignal = new AbortController().signal,
  ): Promise<{ error: unknown; events: LoggedEvent[] }> {
    const { log, events } = memoryLog();
    const outcome = await archiveDatabase(this.job(log), signal).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    if (outcome === undefined) throw new Error('it was expected to fail, and succeeded');
    return { ...outcome, events };
  }

  job(log = memoryLog().log): DatabaseJob {
    const source = this.#session.database({ app: 'shop', id: this.database.id });
    return jobOf({
      app: 'shop',
      sourceId: this.database.id,
      settings: { ...SETTINGS, ...this.options.settings },
      catalogue: source,
      reader: source,
      store: this.store,
      clock: this.clock,
      log,
    });
  }

  /** Keys of archives and manifests. */
  keys(): string[] {
    return this.s3.keys();
  }

  /** Bytes of archive that the source has handed out. */
  downloaded(): number {
    return this.scalingo.requestsOf('download').reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  }

  /** There is exactly this archive, byte for byte, with its manifest, one backup and no upload. */
  async expectOnlyArchive(archive: ArchiveSource = this.options.archive): Promise<Manifest> {
    const keys = this.keys();
    expect(keys).toHaveLength(2);
    const [manifestKey = '', key = ''] = keys;
    expect([manifestKey, key].map((each) => each.replace(/^.*?\./, ''))).toEqual(['manifest.json', 'tar.gz']);
    const { path, size } = this.s3.object(key) ?? { path: undefined, size: 0 };
    expect(size).toBe(archive.size);
    expect(await archiveDigest(fileArchive(path ?? ''))).toBe(await archiveDigest(archive));
    expect(this.s3.uploads()).toEqual([]);
    expect(this.database.backups).toHaveLength(1);
    return JSON.parse((await this.s3.read(manifestKey)).toString()) as Manifest;
  }

  /** Neither an object nor a manifest nor an upload. */
  expectNothing(): void {
    expect(this.keys()).toEqual([]);
    expect(this.s3.uploads()).toEqual([]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

export interface Run {
  readonly manifests: readonly Manifest[];
  readonly events: readonly LoggedEvent[];
}

/** The events of that name. */
export function eventsOf({ events }: { events: readonly LoggedEvent[] }, name: string): LoggedEvent[] {
  return events.filter(({ event }) => event === name);
}

/** Requests that are of an archive, and not of the probe. */
export const ARCHIVES = { key: /_[0-9a-f]{24}\.tar\.gz$/ };
