import { createLimiter } from '../../../src/concurrency/rate-limiter.ts';
import type { SourceDatabase } from '../../../src/ports/backup-source.ts';
import type { EventLog } from '../../../src/ports/event-log.ts';
import { ScalingoError } from '../../../src/sources/scalingo/api/scalingo-error.ts';
import { ScalingoSession, type ScalingoSessionOptions } from '../../../src/sources/scalingo/session.ts';
import type { AnyFields } from '../../support/any-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { type LoggedEvent, memoryLog } from '../../support/memory-log.ts';
import { json, ScriptedServer } from './scripted-server.ts';

export const API_TOKEN = 'tk-us-CANARY-api-token-1234567890';
export const ADDON = 'ad-11111111-2222-3333-4444-555555555555';
export const APP = 'my-app';
export const BACKUP_ID = '5b8b36104ffb090be1ac3ce1';

export const EXCHANGE = 'POST /v1/tokens/exchange';
export const ADDON_TOKEN = `POST /v1/apps/${APP}/addons/${ADDON}/token`;
export const INFO = `GET /api/databases/${ADDON}`;
export const LIST = `GET /api/databases/${ADDON}/backups`;
export const CREATE = `POST /api/databases/${ADDON}/backups`;
export const LINK = `GET /api/databases/${ADDON}/backups/${BACKUP_ID}/archive`;
export const ARCHIVE = `GET /api/databases/${ADDON}/backups/${BACKUP_ID}/download`;

export const DONE_BACKUP = {
  id: BACKUP_ID,
  created_at: '2018-09-02T03:00:00.178+02:00',
  started_at: '2018-09-02T03:02:00.154+01:00',
  name: '20180902010000_kibana-3938',
  size: 17484513608,
  status: 'done',
  database_id: '597601234ffb097af4f3099b',
  method: 'periodic',
};

/** A JWT of one hour, unsigned, unlike every other. */
export function jwt(name: string, nowMs: number, seconds = 3600): string {
  const iat = Math.floor(nowMs / 1000);
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode({ alg: 'HS256' })}.${encode({ iat, exp: iat + seconds, jti: name })}.CANARYsignature${name}`;
}

/** A log that keeps its events, those of its children too. */
export class MemoryLog implements EventLog {
  readonly events: LoggedEvent[] = [];
  readonly #log = memoryLog({}, this.events).log;
  readonly debug = this.#log.debug;
  readonly info = this.#log.info;
  readonly warn = this.#log.warn;
  readonly error = this.#log.error;
  readonly fatal = this.#log.fatal;
  readonly child = this.#log.child;

  named(event: string): AnyFields[] {
    return this.events.filter((one) => one.event === event).map((one) => one.fields);
  }
}

export interface Fixture extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly session: ScalingoSession;
  readonly api: SourceDatabase;
  readonly clock: FakeClock;
  readonly log: MemoryLog;
  /** Every token that the server gave out. */
  readonly issued: string[];
}

/** A session against a scripted server that hands out tokens; the clock moves by itself. */
export async function startFixture(options: Partial<ScalingoSessionOptions> = {}): Promise<Fixture> {
  const server = await ScriptedServer.start();
  const clock = new FakeClock({ auto: true });
  const log = new MemoryLog();
  const issued: string[] = [];
  const issue = (name: string): string => {
    const token = jwt(`${name}-${issued.length + 1}`, clock.now());
    issued.push(token);
    return token;
  };
  server
    .on(EXCHANGE, (response, seen) => json(200, { token: issue('account') })(response, seen))
    .on(ADDON_TOKEN, (response, seen) =>
      json(200, { addon: { id: ADDON, token: issue('addon') } })(response, seen),
    )
    .on(LIST, json(200, { database_backups: [DONE_BACKUP] }));
  const session = new ScalingoSession({
    authUrl: server.url,
    apiUrl: server.url,
    databaseApiUrl: server.url,
    ...(options.bearerToken === undefined ? { apiToken: API_TOKEN } : {}),
    userAgent: 'backup-archiver/1.2.3',
    clock,
    random: () => 0.5,
    log,
    limiter: createLimiter({ clock, perMinute: 1e9, burst: 1000 }),
    ...options,
  });
  return {
    server,
    session,
    api: session.database({ app: APP, id: ADDON }),
    clock,
    log,
    issued,
    async [Symbol.asyncDispose]() {
      session.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A signal that nobody aborts. */
export function calm(): AbortSignal {
  return new AbortController().signal;
}

/** The ScalingoError that `promise` must fail with. */
export async function refusalOf(promise: Promise<unknown>): Promise<ScalingoError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof ScalingoError) return outcome;
  throw new Error(`expected a ScalingoError, got ${String(outcome)}`);
}
