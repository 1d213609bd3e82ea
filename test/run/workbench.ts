import type { ArchiveSource } from '../../sandbox/archive/archive-source.ts';
import { archiveBytes } from '../../sandbox/archive/archive-source.ts';
import type { SimulatedS3Options } from '../../sandbox/s3/options.ts';
import type { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';
import { createLimiter } from '../../src/concurrency/rate-limiter.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { DatabaseJob, JobSettings } from '../../src/run/database-job.ts';
import type { LeaseHolder } from '../../src/run/lease/lease.ts';
import { ScalingoSession } from '../../src/sources/scalingo/session.ts';
import type { S3ArchiveStore } from '../../src/stores/s3/s3-archive-store.ts';
import type { S3Options } from '../../src/stores/s3/s3-options.ts';
import { type StoreFixture, startStore } from '../stores/s3/store-fixture.ts';
import { jobOf, SETTINGS } from '../support/database-job.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type LoggedEvent, memoryLog } from '../support/memory-log.ts';

const HOLDER: LeaseHolder = {
  holder: 'run-1',
  host: 'here',
  pid: 1,
  processTable: null,
  isAlive: () => true,
};

export interface WorkbenchOptions {
  readonly store?: Partial<S3Options>;
  readonly server?: Partial<SimulatedS3Options>;
  readonly clock?: Clock;
}

/**
 * Scalingo, a bucket and the program's parts between them, all in one process and on one clock; by default
 * one that moves on by itself, so that hours of waiting take no time.
 */
export class Workbench implements AsyncDisposable {
  readonly scalingo: SimulatedScalingo;
  readonly clock: Clock;
  readonly session: ScalingoSession;
  readonly events: LoggedEvent[] = [];
  readonly #fixture: StoreFixture;

  private constructor(scalingo: SimulatedScalingo, fixture: StoreFixture, clock: Clock) {
    this.scalingo = scalingo;
    this.clock = clock;
    this.#fixture = fixture;
    this.session = new ScalingoSession({
      ...{ authUrl: scalingo.authUrl, apiUrl: scalingo.apiUrl, databaseApiUrl: scalingo.databaseApiUrl },
      apiToken: scalingo.apiToken,
      userAgent: 'backup-archiver/test',
      clock,
      random: () => 0.5,
      limiter: createLimiter({ clock, perMinute: 1e9, burst: 1000 }),
    });
  }

  static async start({
    store = {},
    server = {},
    clock = new FakeClock({ auto: true }),
  }: WorkbenchOptions = {}): Promise<Workbench> {
    return new Workbench(
      await SimulatedScalingo.start({ clock }),
      await startStore({ partSize: undefined, ...store }, server, clock),
      clock,
    );
  }

  get s3(): SimulatedS3 {
    return this.#fixture.s3;
  }

  get store(): S3ArchiveStore {
    return this.#fixture.store;
  }

  /** Another store on the same server, reached through a proxy. */
  storeAt(endpoint: string, options: Partial<S3Options> = {}): S3ArchiveStore {
    return this.#fixture.another({ endpoint, timeoutScale: 0.02, ...options });
  }

  /** The job of one database, named by its application unless `more` says otherwise. */
  job(
    database: SimulatedDatabase,
    settings: Partial<JobSettings> = {},
    more: Partial<DatabaseJob> = {},
  ): DatabaseJob {
    const { log } = memoryLog({ database: database.app }, this.events);
    const source = this.session.database({ app: database.app, id: database.id });
    return jobOf({
      app: database.app,
      sourceId: database.id,
      settings: { ...SETTINGS, ...settings },
      catalogue: source,
      reader: source,
      store: this.store,
      leases: this.store.leases,
      holder: HOLDER,
      clock: this.clock,
      log,
      ...more,
    });
  }

  /** Names of what was logged, in order. */
  get logged(): string[] {
    return this.events.map(({ event }) => event);
  }

  /** Fields of every event of that name. */
  fieldsOf(event: string): LoggedEvent['fields'][] {
    return this.events.filter((each) => each.event === event).map(({ fields }) => fields);
  }

  async manifests(): Promise<Manifest[]> {
    const keys = this.s3.keys().filter((key) => key.endsWith('.manifest.json'));
    return Promise.all(keys.map(async (key) => JSON.parse((await this.s3.read(key)).toString()) as Manifest));
  }

  /** Whether the bucket holds exactly this archive with its manifest, and nothing is under way. */
  async holdsOnly(archive: ArchiveSource): Promise<boolean> {
    const [manifest, ...others] = await this.manifests();
    if (manifest === undefined || others.length > 0) return false;
    const stored = await this.s3.read(manifest.key);
    const isSame = stored.equals(await archiveBytes(archive)) && manifest.size === archive.size;
    return isSame && this.archiveKeys.length === 2 && this.s3.uploads().length === 0;
  }

  /** Keys of archives and manifests: all but leases. */
  get archiveKeys(): string[] {
    return this.s3.keys().filter((key) => !key.includes('.locks/'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.close();
    await this.scalingo.close();
    await this.#fixture[Symbol.asyncDispose]();
  }
}
