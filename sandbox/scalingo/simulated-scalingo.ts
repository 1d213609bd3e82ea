import { randomUUID } from 'node:crypto';
import { ByteCount } from './byte-count.ts';
import { Credentials, type SimulationClock } from './credentials.ts';
import type { Fault, Operation } from './fault.ts';
import { FaultQueue } from './fault-queue.ts';
import { HttpListener } from './http-listener.ts';
import type { RateLimit } from './rate-limiter.ts';
import { RequestHandler } from './request-handler.ts';
import { type RecordedRequest, RequestLog, type ServerRole } from './request-log.ts';
import type { ServiceState } from './service-state.ts';
import { type DatabaseOptions, SimulatedDatabase } from './simulated-database.ts';

export interface SimulatedScalingoOptions {
  /** The account's API token; default: a random `tk-us-…`. */
  readonly apiToken?: string;
  /** Default: the real time. Statuses, tokens, links and the rate limit go by it. */
  readonly clock?: SimulationClock;
  /** Lifetime of exchanged tokens; default 1 h. */
  readonly tokenLifetimeMs?: number;
  /** Lifetime of addon tokens; default 1 h. */
  readonly addonTokenLifetimeMs?: number;
  readonly rateLimit?: RateLimit;
}

export type AddDatabaseOptions = Omit<DatabaseOptions, 'id'> & { readonly id?: string };

/**
 * Scalingo as far as backups go: its authentication service, main API, Database API and the storage that
 * downloads may be redirected to, each a server of its own on 127.0.0.1. It refuses what the service refuses
 * and misbehaves only where a test has said so.
 *
 *     await using scalingo = await SimulatedScalingo.start();
 *     const database = scalingo.addDatabase({ app: 'shop', archive: syntheticArchive({ size: 2 ** 30 }) });
 *     database.fail('list', rateLimited({ retryAfter: 1 }), 3).nextDownloads({ cutAfter: 1e6 });
 */
export class SimulatedScalingo implements ServiceState, AsyncDisposable {
  readonly clock: SimulationClock;
  readonly credentials: Credentials;
  readonly databases = new Map<string, SimulatedDatabase>();
  readonly log = new RequestLog();
  /** Faults of calls on any database, met where the database's own queue has none. */
  readonly faults = new FaultQueue();
  /** Milliseconds; may be changed at any time, for tokens to come. */
  tokenLifetimeMs: number;
  addonTokenLifetimeMs: number;
  /** Holds for all calls but downloads; `undefined`: none. */
  rateLimit: RateLimit | undefined;
  /** Looks at every call before the queues: a fault that it returns is met. */
  intercept: (request: RecordedRequest) => Fault | undefined = () => undefined;
  /** Downloads whose body is being sent now, and the most there ever were at once. */
  activeDownloads = 0;
  peakDownloads = 0;
  /** Bytes of archives handed to connections. */
  readonly served = new ByteCount();
  readonly #listeners = new Map<ServerRole, HttpListener>();

  private constructor(options: SimulatedScalingoOptions) {
    this.clock = options.clock ?? { now: () => Date.now() };
    this.credentials = new Credentials(this.clock, options.apiToken);
    this.tokenLifetimeMs = options.tokenLifetimeMs ?? 3_600_000;
    this.addonTokenLifetimeMs = options.addonTokenLifetimeMs ?? 3_600_000;
    this.rateLimit = options.rateLimit;
  }

  static async start(options: SimulatedScalingoOptions = {}): Promise<SimulatedScalingo> {
    const scalingo = new SimulatedScalingo(options);
    const handler = new RequestHandler(scalingo);
    for (const role of ['auth', 'api', 'database', 'storage'] as const) {
      const listener = await HttpListener.start((request, response) => {
        handler.handle(role, request, response);
      });
      scalingo.#listeners.set(role, listener);
    }
    return scalingo;
  }

  get apiToken(): string {
    return this.credentials.apiToken;
  }

  get authUrl(): string {
    return this.urlOf('auth');
  }

  get apiUrl(): string {
    return this.urlOf('api');
  }

  get databaseApiUrl(): string {
    return this.urlOf('database');
  }

  get storageUrl(): string {
    return this.urlOf('storage');
  }

  urlOf(role: ServerRole): string {
    const listener = this.#listeners.get(role);
    if (listener === undefined) throw new Error(`the ${role} server has not started`);
    return listener.url;
  }

  /** The environment that points backup-archiver here. */
  environment(): Record<
    'SCALINGO_API_TOKEN' | 'SCALINGO_AUTH_URL' | 'SCALINGO_API_URL' | 'DB_API_URL',
    string
  > {
    return {
      SCALINGO_API_TOKEN: this.apiToken,
      SCALINGO_AUTH_URL: this.authUrl,
      SCALINGO_API_URL: this.apiUrl,
      DB_API_URL: this.databaseApiUrl,
    };
  }

  addDatabase(options: AddDatabaseOptions): SimulatedDatabase {
    const id = options.id ?? `ad-${randomUUID()}`;
    if (this.databases.has(id)) throw new Error(`there is a database ${id} already`);
    const database = new SimulatedDatabase(this.clock, { ...options, id });
    this.databases.set(id, database);
    return database;
  }

  /** The next `times` calls of `operation` meet `fault`, whatever their database. */
  fail(operation: Operation, fault: Fault | readonly Fault[], times = 1): this {
    for (const each of [fault].flat()) this.faults.add(operation, each, times);
    return this;
  }

  /** Drops every fault that still waits, here and on the databases. */
  heal(): void {
    this.intercept = () => undefined;
    this.faults.clear();
    for (const database of this.databases.values()) database.faults.clear();
  }

  /** Every request so far, in order of arrival. */
  get requests(): readonly RecordedRequest[] {
    return this.log.all;
  }

  requestsOf(operation: Operation, database?: SimulatedDatabase): RecordedRequest[] {
    return this.log.all.filter((request) => isOf(request, operation, database));
  }

  /** How many calls of `operation` there were, on one database or all. */
  count(operation: Operation, database?: SimulatedDatabase): number {
    return this.requestsOf(operation, database).length;
  }

  /** Resolves when the next call of `operation` arrives; it is not answered yet then. */
  nextRequest(operation: Operation, database?: SimulatedDatabase): Promise<RecordedRequest> {
    return this.log.next((request) => isOf(request, operation, database));
  }

  /** A bearer for one database, as `DB_BEARER_TOKEN` takes it. */
  issueDatabaseBearer(database: SimulatedDatabase, lifetimeMs = this.addonTokenLifetimeMs): string {
    return this.credentials.issueToken(`addon:${database.id}`, lifetimeMs);
  }

  /** Every bearer issued so far is answered 401 from now on, although its `exp` has not come. */
  revokeTokens(): void {
    this.credentials.revokeTokens();
  }

  /** Every download link issued so far is refused from now on. */
  revokeLinks(): void {
    this.credentials.revokeLinks();
  }

  /** Every token, link token and signature ever issued here: none may appear in any output. */
  issuedSecrets(): string[] {
    return this.credentials.issued();
  }

  /** Open connections of all servers: 0 once a client has let go of everything. */
  async connections(): Promise<number> {
    const counts = await Promise.all([...this.#listeners.values()].map((each) => each.connections()));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Ends all servers and connections, hung ones too. */
  async close(): Promise<void> {
    await Promise.all([...this.#listeners.values()].map((listener) => listener.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function isOf(request: RecordedRequest, operation: Operation, database?: SimulatedDatabase): boolean {
  return request.operation === operation && (database === undefined || request.addonId === database.id);
}
