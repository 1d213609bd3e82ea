import type { S3Client } from '@aws-sdk/client-s3';
import { type CommandContext, callOf } from './call.ts';

/** What a store says of credentials that have ended, each in its own words. */
const ENDED: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
  'InvalidToken',
  'InvalidTokenId',
  // MinIO forgets a key that has ended.
  'InvalidAccessKeyId',
]);

interface Identity {
  readonly accessKeyId: string;
  readonly sessionToken?: string;
  /** Where the SDK had them from. */
  readonly $source?: Readonly<Record<string, string>>;
}

/** From here on a correction of the clock counts, in milliseconds: S3 allows 15 minutes (RequestTimeTooSkewed). */
const CLOCK_STEP = 60_000;

const MENDED = new WeakSet<object>();
const HINTS = new WeakMap<object, string>();

/** Whether what made a request fail has been put right since, so that another try will be another request. */
export function isMended(error: object): boolean {
  return MENDED.has(error);
}

/** What to do about credentials that were refused: it depends on where they came from. */
export function credentialsHint(error: object): string | undefined {
  return HINTS.get(error);
}

/** Puts right what one request was refused for and its sender did not do: see `isMended`. */
export class Mender {
  readonly #client: S3Client;
  readonly #context: CommandContext;
  #areRenewed = false;
  /** What is added to this machine's time, in milliseconds. */
  #clockOffset: number;

  constructor(client: S3Client, context: CommandContext) {
    this.#client = client;
    this.#context = context;
    this.#clockOffset = client.config.systemClockOffset;
  }

  /** Before each try. */
  begin(): void {
    this.#clockOffset = this.#client.config.systemClockOffset;
  }

  /** After a try that failed. */
  async failed(error: Error): Promise<void> {
    if (this.#wasClockSet(error) || (await this.#renewCredentials(error))) MENDED.add(error);
  }

  /** The SDK learns the store's time from every response (`Date`), and signs by it from then on. */
  #wasClockSet(error: Error): boolean {
    // The response to a HEAD has a status alone.
    if (error.name !== 'RequestTimeTooSkewed' && statusOf(error) !== 403) return false;
    return Math.abs(this.#client.config.systemClockOffset - this.#clockOffset) >= CLOCK_STEP;
  }

  /**
   * Has new credentials fetched where the store says that those of the request have ended: a role's may be taken back
   * before the end that they name. Once: what is refused with new ones as well is refused for another reason.
   */
  async #renewCredentials(error: Error): Promise<boolean> {
    const scheme = this.#context.__smithy_context?.selectedHttpAuthScheme as
      | { identity: Identity }
      | undefined;
    if (scheme === undefined || !areRefused(error, this.#context)) return false;
    const used = scheme.identity;
    if (used.sessionToken === undefined) return false;
    if (ENDED.has(error.name)) HINTS.set(error, hintOf(used));
    const fresh = this.#areRenewed ? undefined : await otherThan(used, this.#client);
    this.#areRenewed = true;
    if (fresh === undefined) return false;
    scheme.identity = fresh;
    return true;
  }
}

function statusOf(error: Error): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

function areRefused(error: Error, context: CommandContext): boolean {
  if (ENDED.has(error.name)) return true;
  const status = statusOf(error);
  return callOf(context).operation.startsWith('Head') && (status === 400 || status === 403);
}

/** Those that another request has had fetched meanwhile; else new ones. */
async function otherThan(used: Identity, { config }: S3Client): Promise<Identity | undefined> {
  for (const options of [{}, { forceRefresh: true }]) {
    const found: Identity | undefined = await config.credentials(options).catch(() => undefined);
    const isOther = found?.accessKeyId !== used.accessKeyId || found.sessionToken !== used.sessionToken;
    if (found !== undefined && isOther) return found;
  }
  return undefined;
}

/** By the names under which the SDK notes where credentials come from, the first that fits. */
const ORIGINS: readonly (readonly [RegExp, string])[] = [
  [
    /WEB_ID/,
    'They came from the web identity (AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE): look at the role, and whether its token file is renewed.',
  ],
  [/HTTP/, 'They came from AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI: look at that service.'],
  [/SSO|LOGIN/, 'They came from a login of the AWS CLI: log in again.'],
  [/PROCESS/, 'They came from the credential_process of the AWS profile: look at what it prints.'],
  [/PROFILE|ASSUME_ROLE/, 'They came from the AWS profile (AWS_PROFILE): renew them there.'],
  [
    /CODE|ENV_VARS/,
    'They came from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (s3.sessionToken), which stay as they are: renew them.',
  ],
];

function hintOf({ $source: source = {} }: Identity): string {
  const names = Object.keys(source);
  const origin = ORIGINS.find(([pattern]) => names.some((name) => pattern.test(name)));
  return origin?.[1] ?? "They came from the SDK's own chain (the role of the instance): look at that role.";
}
