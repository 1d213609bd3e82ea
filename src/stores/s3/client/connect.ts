import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { StoreError } from '../../../model/errors.ts';
import type { Redaction } from '../../../ports/redaction.ts';
import { NO_PROXIES } from '../../../proxy/http-proxy.ts';
import { proxyAgents } from '../../../proxy/proxy-agents.ts';
import { PROXY_TIMEOUTS } from '../../../proxy/tunnel.ts';
import type { S3Options } from '../s3-options.ts';
import { boundDocuments, boundTries } from './bounded-documents.ts';
import { readRangesInBulk } from './bulk-ranges.ts';
import { CREDENTIALS_TIMEOUT } from './deadlines.ts';
import { refuseForeignResponses } from './genuine-response.ts';
import { healSingleFaults } from './heal.ts';
import { nameNetworkFaults } from './network-fault.ts';
import { S3Error } from './s3-error.ts';
import { tellWaits } from './tell-waits.ts';

/** A request that has not found a connection after this long is given up, in milliseconds. */
const CONNECT_TIMEOUT = 10_000;
/** The last resort against a silent peer; every operation has a tighter bound of its own (`deadlines.ts`). */
const SILENCE_TIMEOUT = 20 * 60_000;

/** The SDK speaks to the console of its own accord; what went wrong is in our own log. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/**
 * A client for the configured store.
 *
 * Checksums are ours: the SDK's automatic CRC32 is refused by some stores, and it cannot be kept for the
 * proof. Part bodies go unsigned (their CRC32 header is signed): hashing them with SHA-256 doubles the CPU.
 * The SDK hands its way out to the services that it gets credentials from (STS, SSO); the metadata services of
 * instances and containers it asks directly, as each of AWS's SDKs does.
 * @param redaction learns the credentials that the SDK finds, before a request is signed with them
 * @param onHeaders called with the headers of every response, whatever its status
 */
export function connect(
  options: S3Options,
  redaction: Redaction,
  onHeaders: (headers: Readonly<Record<string, string>>) => void = () => {},
): S3Client {
  const proxies = options.proxies ?? NO_PROXIES;
  const timeoutScale = options.timeoutScale ?? 1;
  const { connect: reach, tunnel, secureConnect } = PROXY_TIMEOUTS;
  const bounds = {
    connect: reach * timeoutScale,
    tunnel: tunnel * timeoutScale,
    secureConnect: secureConnect * timeoutScale,
  };
  const agents = proxyAgents(
    proxies,
    { keepAlive: true, maxSockets: 64, ...(options.ca === undefined ? {} : { ca: options.ca }) },
    bounds,
  );
  const config: S3ClientConfig = {
    region: options.region,
    forcePathStyle: options.forcePathStyle,
    logger: SILENT,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With `Expect: 100-continue` the handler opens a connection for every part.
    expectContinueHeader: false,
    requestHandler: {
      // Behind a proxy a connection is one only at the end of its phases, which have bounds of their own.
      connectionTimeout: CONNECT_TIMEOUT + (proxies.areSet ? reach + tunnel + secureConnect : 0),
      socketTimeout: SILENCE_TIMEOUT,
      throwOnRequestTimeout: true,
      httpsAgent: agents.https,
      httpAgent: agents.http,
    },
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    ...credentials(options),
  };
  const client = new S3Client(config);
  sendPartsUnsigned(client);
  readHeaders(client, onHeaders);
  refuseForeignResponses(client);
  boundCredentials(client, timeoutScale);
  keepSecrets(client, redaction);
  readRangesInBulk(client, options);
  if (timeoutScale !== 1) scaleTimeouts(client, timeoutScale);
  const limits = { timeoutScale, endpoint: options.endpoint };
  boundDocuments(client, limits);
  nameNetworkFaults(client, options.endpoint, proxies);
  healSingleFaults(client);
  tellWaits(client, timeoutScale);
  boundTries(client, limits);
  return client;
}

function credentials(options: S3Options): Pick<S3ClientConfig, 'credentials'> {
  const { accessKeyId, secretAccessKey, sessionToken } = options;
  // Left out, the SDK walks its own chain: environment, profile, IRSA, instance role.
  if (accessKeyId === undefined || secretAccessKey === undefined) return {};
  return {
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  };
}

/** Scales the time limit that every request brings with it. */
function scaleTimeouts({ config: { requestHandler } }: S3Client, timeoutScale: number): void {
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = (request, options) => {
    const bounded = options !== undefined && 'requestTimeout' in options ? options.requestTimeout : undefined;
    if (bounded === undefined) return handle(request, options);
    return handle(request, { ...options, requestTimeout: bounded * timeoutScale });
  };
}

/**
 * Declares the payload of data-bearing requests as unsigned
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
 */
function sendPartsUnsigned(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      const request = args.request as { headers?: Record<string, string> };
      if (context.commandName === 'UploadPartCommand' && request.headers !== undefined) {
        request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
      }
      return next(args);
    },
    { step: 'build', name: 'sendPartsUnsigned', priority: 'low' },
  );
}

/** Waits for the SDK's chain of credentials in bounded time, before it is asked how a request is signed. */
function boundCredentials(client: S3Client, timeoutScale: number): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      // Kept by the SDK until they end: this costs no request of its own. A failure is the signer's to raise.
      await credentialsInTime(client, CREDENTIALS_TIMEOUT * timeoutScale);
      return next(args);
    },
    { step: 'initialize', name: 'boundCredentials', priority: 'high' },
  );
}

/** @returns `undefined` where there are none. @throws StoreError `s3.no_credentials` where they do not come in time */
async function credentialsInTime(client: S3Client, milliseconds: number) {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(noCredentials(milliseconds)), milliseconds);
  try {
    return await Promise.race([client.config.credentials().catch(() => undefined), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function noCredentials(milliseconds: number): StoreError {
  const seconds = milliseconds / 1000;
  return new S3Error('s3.no_credentials', `no credentials came within ${seconds} s`, {
    operation: 'credentials',
    hint: 'The role, the web identity or the metadata service does not respond. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or look at the network to it.',
    retryable: true,
  });
}

function readHeaders(
  { config: { requestHandler } }: S3Client,
  onHeaders: (headers: Readonly<Record<string, string>>) => void,
): void {
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (request, options) => {
    const result = await handle(request, options);
    onHeaders(result.response.headers);
    return result;
  };
}

const KEYS: ReadonlySet<string> = new Set(['accessKeyId', 'secretAccessKey', 'sessionToken']);

/**
 * Keys that the SDK's chain has obtained (of a role, of an instance) are known before they are used; and no error
 * repeats one to those who cut its text.
 */
function keepSecrets(client: S3Client, redaction: Redaction): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      const identity: object = context.__smithy_context?.selectedHttpAuthScheme?.identity ?? {};
      for (const [name, secret] of Object.entries(identity)) {
        if (KEYS.has(name) && typeof secret === 'string') redaction.learn(secret);
      }
      return next(args);
    },
    // Behind the choice of the credentials, before the connection.
    { step: 'finalizeRequest', name: 'learnCredentials', priority: 'low' },
  );
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (error instanceof Error) redactMessage(error, redaction);
        throw error;
      }
    },
    { step: 'initialize', name: 'redactErrors', priority: 'high' },
  );
}

function redactMessage(error: Error, redaction: Redaction): void {
  const message = redaction.redact(error.message);
  // The message of a DOMException (an abort) cannot be set, and repeats nothing.
  if (message !== error.message) error.message = message;
}
