import { createHmac, randomBytes, randomUUID } from 'node:crypto';

/** A source of time: milliseconds since the Unix epoch. */
export interface SimulationClock {
  now(): number;
}

/** What a token opens: the main API, or the Database API of one addon. */
export type TokenScope = 'user' | `addon:${string}`;

interface Link {
  readonly backupId: string;
  readonly expiresAt: number;
  readonly oneTime: boolean;
  used: boolean;
}

export type LinkState = 'valid' | 'unknown' | 'expired' | 'used';

/**
 * Everything that opens a door: the account's API token, JWTs and download links. It remembers each one, so
 * that a test can look for them in every output of the program.
 */
export class Credentials {
  readonly apiToken: string;
  readonly #clock: SimulationClock;
  readonly #key = randomBytes(32);
  readonly #issued = new Set<string>();
  readonly #links = new Map<string, Link>();
  #revokedBefore = Number.NEGATIVE_INFINITY;
  #serial = 0;

  constructor(clock: SimulationClock, apiToken?: string) {
    this.#clock = clock;
    this.apiToken = apiToken ?? `tk-us-${randomBytes(24).toString('base64url')}`;
    this.#issued.add(this.apiToken);
    this.#issued.add(Buffer.from(`:${this.apiToken}`).toString('base64'));
  }

  /** Every secret so far, the API token's Basic form included. */
  issued(): string[] {
    return [...this.#issued];
  }

  /** A JWT signed with HS256 (RFC 7519) whose `exp` is `lifetimeMs` from now, in whole seconds. */
  issueToken(scope: TokenScope, lifetimeMs: number): string {
    const now = this.#clock.now();
    const claims = {
      iss: 'Scalingo Authentication Service',
      iat: Math.floor(now / 1000),
      exp: Math.floor((now + lifetimeMs) / 1000),
      jti: randomUUID(),
      serial: this.#serial++,
      scope,
    };
    const head = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(claims)}`;
    const token = `${head}.${this.#sign(head)}`;
    this.#issued.add(token);
    return token;
  }

  /** Whether `token` is ours, in force, and opens `scope` (absent: anything at all). */
  accepts(token: string, scope?: TokenScope): boolean {
    const [header, payload, signature] = token.split('.');
    if (header === undefined || payload === undefined) return false;
    if (signature !== this.#sign(`${header}.${payload}`)) return false;
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    return (
      (scope === undefined || claims.scope === scope) &&
      Number(claims.exp) * 1000 > this.#clock.now() &&
      Number(claims.serial) >= this.#revokedBefore
    );
  }

  /** Every JWT issued so far is refused from now on, whatever its `exp` says. */
  revokeTokens(): void {
    this.#revokedBefore = this.#serial;
  }

  issueLink(backupId: string, lifetimeMs: number, oneTime: boolean): string {
    const token = randomBytes(24).toString('base64url');
    this.#links.set(token, { backupId, expiresAt: this.#clock.now() + lifetimeMs, oneTime, used: false });
    this.#issued.add(token);
    return token;
  }

  /** Looks a link up and, when it is valid, counts it as used. */
  useLink(token: string, backupId: string): LinkState {
    const link = this.#links.get(token);
    if (link === undefined || link.backupId !== backupId) return 'unknown';
    if (link.expiresAt <= this.#clock.now()) return 'expired';
    if (link.oneTime && link.used) return 'used';
    link.used = true;
    return 'valid';
  }

  /** Every link issued so far is `unknown` from now on. */
  revokeLinks(): void {
    this.#links.clear();
  }

  /** A secret of another kind, such as a storage signature, to be remembered with the rest. */
  issueOther(): string {
    const secret = randomBytes(24).toString('base64url');
    this.#issued.add(secret);
    return secret;
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
