import { SingleFlight } from '../../../concurrency/single-flight.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { EventLog } from '../../../ports/event-log.ts';
import { ScalingoError } from '../api/scalingo-error.ts';
import { lifetimeOf, type TokenLifetime } from './token-lifetime.ts';

/** Where a call gets its token from. */
export interface Credentials {
  /** Whether another token can be had after a 401. */
  readonly renewable: boolean;
  /** `Basic` only for the API token itself, sent as a password with an empty user. */
  readonly scheme: 'Basic' | 'Bearer';
  /**
   * The token.
   * @param log of the run that needs it, for what is said on the way to a new one
   * @throws ScalingoError where none can be had; the signal's reason
   */
  token(signal: AbortSignal, log?: EventLog): Promise<string>;
  /** The service refused `token`: never give it out again. */
  refuse(token: string): void;
}

/** A token that the user gave and that nothing here can renew. */
export class FixedCredentials implements Credentials {
  readonly renewable = false;
  readonly scheme: 'Basic' | 'Bearer';
  readonly #token: string;

  constructor(scheme: 'Basic' | 'Bearer', token: string) {
    this.scheme = scheme;
    this.#token = token;
  }

  async token(): Promise<string> {
    return this.#token;
  }

  refuse(): void {}
}

/** While a renewal fails and the old token still lives, it is tried again this much later. */
const RENEWAL_PAUSE_MS = 60_000;

/** A short-lived token, kept until shortly before it ends; those who find it ended share one renewal. */
export class RenewedCredentials implements Credentials {
  readonly renewable = true;
  readonly scheme = 'Bearer';
  readonly #clock: Clock;
  readonly #renewal: SingleFlight<string, EventLog | undefined>;
  #current: { readonly token: string; readonly receivedAt: number; lifetime: TokenLifetime } | undefined;

  /** @param fetchToken asks the service for a new token; retries are its own affair */
  constructor(clock: Clock, fetchToken: (signal: AbortSignal, log?: EventLog) => Promise<string>) {
    this.#clock = clock;
    this.#renewal = new SingleFlight(async (signal, log) => {
      const token = await fetchToken(signal, log);
      const receivedAt = clock.now();
      this.#current = { token, receivedAt, lifetime: lifetimeOf(token, receivedAt) };
      return token;
    });
  }

  async token(signal: AbortSignal, log?: EventLog): Promise<string> {
    signal.throwIfAborted();
    const current = this.#current;
    const now = this.#clock.now();
    // A clock set back past the receipt says nothing about the age: renew.
    if (current !== undefined && now >= current.receivedAt && now < current.lifetime.renewAt) {
      return current.token;
    }
    try {
      return await this.#renewal.join(signal, log);
    } catch (error) {
      if (!(error instanceof ScalingoError) || !error.retryable || current !== this.#current) throw error;
      // Renewal comes early for this: an authentication that is down for minutes stops nothing.
      const later = this.#clock.now();
      if (current === undefined || later >= current.lifetime.expiresAt) throw error;
      current.lifetime = { ...current.lifetime, renewAt: later + RENEWAL_PAUSE_MS };
      return current.token;
    }
  }

  refuse(token: string): void {
    if (this.#current?.token === token) this.#current = undefined;
  }
}
