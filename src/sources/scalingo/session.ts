import { createLimiter, type Limiter } from '../../concurrency/rate-limiter.ts';
import { HttpClient, type HttpClientOptions } from '../../http/http-client.ts';
import type { HttpTimeouts } from '../../http/timeouts.ts';
import { ArchiverError } from '../../model/errors.ts';
import type { BackupSource, DatabaseAddress, SourceDatabase } from '../../ports/backup-source.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { NO_REDACTION, type Redaction } from '../../ports/redaction.ts';
import type { SourceInspection } from '../../ports/source-inspection.ts';
import { ApiClient } from './api/api-client.ts';
import { DatabaseClient } from './api/database-client.ts';
import type { PayloadSource } from './api/payload-reader.ts';
import { parseAddonToken, parseExchangedToken } from './api/payloads.ts';
import { transportError } from './api/scalingo-error.ts';
import { type Credentials, FixedCredentials, RenewedCredentials } from './auth/credentials.ts';

/**
 * Scalingo documents 60 requests a minute for its main API and nothing for the Database API. 40 a minute
 * after a burst of 20 stay within that in any minute, and a run of few databases never waits.
 */
const RATE = { perMinute: 40, burst: 20 };

export interface ScalingoSessionOptions {
  readonly authUrl: string;
  readonly apiUrl: string;
  readonly databaseApiUrl: string;
  /** `tk-us-…`, exchanged for short-lived tokens. One of this and `bearerToken`. */
  readonly apiToken?: string | undefined;
  /** A ready token of the Database API, used as it is for every database. */
  readonly bearerToken?: string | undefined;
  /** `backup-archiver/<version>`. */
  readonly userAgent: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Hears `scalingo.request` (debug) and `scalingo.retried` (warn). */
  readonly log?: EventLog | undefined;
  /** Default: `RATE`, shared by all databases of the session. */
  readonly limiter?: Limiter | undefined;
  readonly timeouts?: Partial<HttpTimeouts> | undefined;
  /** What Scalingo is reached by. Default: directly. */
  readonly proxies?: HttpClientOptions['proxies'];
  /** Tries of one call in all. Default: those of `ApiContext`. */
  readonly attempts?: number | undefined;
  /** Learns every token and link before it is used. Default: nothing does. */
  readonly redaction?: Redaction | undefined;
}

/**
 * Everything a process says to Scalingo: its connections, its rate of requests, and its tokens, which come
 * in three steps: the API token gives a JWT of an hour, that gives a bearer of an hour for one addon, and
 * that opens the addon's Database API. One for the process; close it at the end.
 */
export class ScalingoSession implements BackupSource, SourceInspection {
  readonly #options: ScalingoSessionOptions;
  readonly #http: HttpClient;
  readonly #limiter: Limiter;
  readonly #api: ApiClient;
  readonly #account: Credentials | undefined;
  readonly #urls: { readonly auth: string; readonly api: string; readonly database: string };
  readonly #addons = new Map<string, Credentials>();
  readonly #redaction: Redaction;

  constructor(options: ScalingoSessionOptions) {
    const { clock, random, attempts, apiToken } = options;
    this.#options = options;
    this.#redaction = options.redaction ?? NO_REDACTION;
    this.#urls = {
      auth: baseUrl('scalingo.authUrl', options.authUrl),
      api: baseUrl('scalingo.apiUrl', options.apiUrl),
      database: baseUrl('scalingo.databaseApiUrl', options.databaseApiUrl),
    };
    this.#http = new HttpClient({
      userAgent: options.userAgent,
      makeError: transportError,
      timeouts: options.timeouts,
      proxies: options.proxies,
      onRedirect: (target) => this.#redaction.learnLink(target),
    });
    this.#limiter = options.limiter ?? createLimiter({ clock, ...RATE });
    this.#api = new ApiClient({
      http: this.#http,
      limiter: this.#limiter,
      clock,
      random,
      redaction: this.#redaction,
      attempts,
    });
    this.#account = apiToken === undefined ? undefined : this.#exchanged(apiToken);
  }

  /** Exchanges the API token. A ready token of one addon is accepted where that addon is asked for. */
  async signIn(signal: AbortSignal): Promise<void> {
    await this.#account?.token(signal, this.#options.log);
  }

  get clockOffset(): number | undefined {
    return this.#api.clockOffset;
  }

  /** The Database API of one addon. Those of one addon share its token. */
  database({ app, id: addonId, log = this.#options.log }: DatabaseAddress): SourceDatabase {
    return new DatabaseClient({
      api: this.#api,
      http: this.#http,
      limiter: this.#limiter,
      clock: this.#options.clock,
      log,
      redaction: this.#redaction,
      app,
      baseUrl: this.#urls.database,
      addonId,
      credentials: this.#credentialsOf(app, addonId),
    });
  }

  /** Closes all connections; nothing may be asked afterwards. */
  close(): void {
    this.#http.close();
  }

  /** `parse`, whose token is known to the redaction before anything else is done with the response. */
  #learning(parse: (payload: unknown, source: PayloadSource) => string): typeof parse {
    return (payload, source) => {
      const token = parse(payload, source);
      this.#redaction.learn(token);
      return token;
    };
  }

  #exchanged(apiToken: string): Credentials {
    const credentials = new FixedCredentials('Basic', apiToken);
    return new RenewedCredentials(this.#options.clock, (signal, log) =>
      this.#api.call(
        {
          method: 'POST',
          base: this.#urls.auth,
          path: '/v1/tokens/exchange',
          kind: 'exchange',
          credentials,
          log,
          parse: this.#learning(parseExchangedToken),
        },
        signal,
      ),
    );
  }

  #credentialsOf(app: string | undefined, addonId: string): Credentials {
    const { bearerToken, clock } = this.#options;
    if (bearerToken !== undefined) return new FixedCredentials('Bearer', bearerToken);
    const account = this.#account;
    if (account === undefined) {
      throw new ArchiverError('scalingo.no_token', 'there is no token for Scalingo', {
        hint: 'Set SCALINGO_API_TOKEN, or DB_BEARER_TOKEN for a single run.',
      });
    }
    if (app === undefined) {
      throw new ArchiverError(
        'scalingo.no_app',
        `the application that owns the addon ${addonId} is not known`,
        {
          hint: 'Set the "app" of this database (SCALINGO_APP): the token of an addon is asked for through it.',
        },
      );
    }
    const path = `/v1/apps/${encodeURIComponent(app)}/addons/${encodeURIComponent(addonId)}/token`;
    const known = this.#addons.get(path);
    if (known !== undefined) return known;
    const credentials = new RenewedCredentials(clock, (signal, log) =>
      this.#api.call(
        {
          method: 'POST',
          base: this.#urls.api,
          path,
          kind: 'addon-token',
          credentials: account,
          log,
          parse: this.#learning(parseAddonToken),
        },
        signal,
      ),
    );
    this.#addons.set(path, credentials);
    return credentials;
  }
}

/** An API's URL without a `/` at its end. Its value is not printed: it may have a password in it. */
function baseUrl(key: string, url: string): string {
  const protocol = URL.canParse(url) ? new URL(url).protocol : undefined;
  if (protocol === 'https:' || protocol === 'http:') return url.replace(/\/+$/, '');
  throw new ArchiverError('scalingo.invalid_url', `${key} is no http or https URL`, {
    hint: 'It looks like https://db-api.osc-fr1.scalingo.com.',
  });
}
