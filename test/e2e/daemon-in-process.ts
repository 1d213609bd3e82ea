import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import { serverError } from '../../sandbox/scalingo/fault.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';
import { type AppContext, openAdapters } from '../../src/cli/app-context.ts';
import { runSchedules } from '../../src/cli/commands/daemon.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Config } from '../../src/config/schema/config.ts';
import { dispatchEvents } from '../../src/observability/event-dispatcher.ts';
import { createScrubber } from '../../src/redaction/output-scrubber.ts';
import type { AnyFields } from '../support/any-log.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { HttpTraffic } from '../support/http-traffic.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { startSimulatedStore } from '../support/simulated-store.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** An event of the daemon's log, and when it was. */
export interface TimedEvent {
  readonly at: number;
  readonly event: string;
  readonly fields: AnyFields;
}

export interface DaemonOptions {
  readonly start: number;
  /** Names of the databases; each is an application of the simulated Scalingo. */
  readonly databases: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Configuration of single databases, by name. */
  readonly overrides?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * The daemon as it is wired, in this process, between a simulated Scalingo and a simulated store, all on one
 * fake clock, which moves on when nothing is on its way over HTTP. A backup takes eight seconds, so that no lease
 * has to be renewed.
 */
export class DaemonInProcess implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly scalingo: SimulatedScalingo;
  readonly s3: SimulatedS3;
  readonly config: Config;
  readonly databases: ReadonlyMap<string, SimulatedDatabase>;
  readonly events: TimedEvent[] = [];
  readonly #stack: AsyncDisposableStack;
  readonly #random = seededRandom(1);
  #life: { stopping: AbortController; ended: Promise<unknown> } | undefined;

  private constructor(
    parts: Pick<DaemonInProcess, 'clock' | 'scalingo' | 's3' | 'config' | 'databases'>,
    stack: AsyncDisposableStack,
  ) {
    this.clock = parts.clock;
    this.scalingo = parts.scalingo;
    this.s3 = parts.s3;
    this.config = parts.config;
    this.databases = parts.databases;
    this.#stack = stack;
  }

  static async open({ start, databases, env, overrides = {} }: DaemonOptions): Promise<DaemonInProcess> {
    await using stack = new AsyncDisposableStack();
    const traffic = stack.use(new HttpTraffic());
    const clock = new FakeClock({ start, quiet: () => traffic.quiet() });
    const now = () => new Date(clock.now());
    const { s3, folder } = stack.use(await startSimulatedStore({ now }));
    const scalingo = stack.use(await SimulatedScalingo.start({ clock }));
    const timeline = { scheduledMs: 2000, runningMs: 6000 };
    const archive = (n: number) => syntheticArchive({ size: 400 + n, seed: 'night' });
    const known = new Map(
      databases.map((app) => [app, scalingo.addDatabase({ app, timeline, archive })] as const),
    );
    const config = loadConfig({
      env: {
        ...scalingo.environment(),
        S3_ENDPOINT: s3.endpoint,
        S3_REGION: s3.region,
        S3_BUCKET: 'archives',
        AWS_ACCESS_KEY_ID: s3.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
        BACKUP_POLL_INTERVAL: '4s',
        ...env,
      },
      cwd: folder,
      flags: {
        databases: [...known].map(([name, { app, id }]) => ({ name, app, id, ...overrides[name] })),
      },
    });
    return new DaemonInProcess({ clock, scalingo, s3, config, databases: known }, stack.move());
  }

  get isUp(): boolean {
    return this.#life !== undefined;
  }

  /** Starts the daemon, as another process: nothing but the bucket tells it what was before. */
  start(): void {
    if (this.#life !== undefined) throw new Error('the daemon is running');
    const context = this.surroundings();
    const adapters = openAdapters(this.config, context);
    const stopping = new AbortController();
    const ended = runSchedules(this.config, adapters, context, stopping.signal).finally(() =>
      adapters.close(),
    );
    this.#life = { stopping, ended };
  }

  /** What SIGTERM does. Its end is awaited on the clock, which somebody must run. @returns what `turn` does */
  async stop(): Promise<unknown> {
    const life = this.#life;
    if (life === undefined) return undefined;
    life.stopping.abort(new Error('SIGTERM'));
    const cutShort = await life.ended;
    this.#life = undefined;
    return cutShort;
  }

  /** Scalingo answers 503 to everything, or no longer. */
  breakScalingo(isBroken: boolean): void {
    this.scalingo.intercept = () => (isBroken ? serverError(503) : undefined);
  }

  /** The store refuses everything until the response is called. */
  breakBucket(): () => void {
    const failure = this.s3.fail({
      fault: { kind: 'error', code: 'AccessDenied' },
      times: Number.POSITIVE_INFINITY,
    });
    return () => failure.cancel();
  }

  /** The database, by its name. */
  database(name: string): SimulatedDatabase {
    const database = this.databases.get(name);
    if (database === undefined) throw new Error(`there is no database ${name}`);
    return database;
  }

  eventsOf(...names: string[]): TimedEvent[] {
    return this.events.filter(({ event }) => names.includes(event));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.stop();
    await this.clock.advanceUntil(stopped);
    await stopped;
    await this.#stack.disposeAsync();
  }

  /** What a process has context it: for other verbs beside the daemon. */
  surroundings(): AppContext {
    return {
      clock: this.clock,
      random: this.#random,
      ...dispatchEvents(({ event, level, fields }) => {
        if (level !== 'debug') this.events.push({ at: this.clock.now(), event, fields: { ...fields } });
      }),
      scrubber: createScrubber(),
      progress: () => ({ begin: () => ({ found() {}, report() {}, end() {} }) }),
      version: '0.0.0',
    };
  }
}
