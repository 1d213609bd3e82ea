import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { type BulkRequest, BulkRequests } from '../../../http/bulk/bulk-requests.ts';
import { PhaseTimeout } from '../../../http/bulk/connection.ts';
import { promisedLength } from '../../../http/response-headers.ts';
import { DEFAULT_TIMEOUTS } from '../../../http/timeouts.ts';
import type { TransportContext } from '../../../http/transport-errors.ts';
import type { DownloadBody } from '../../../ports/backup-source.ts';
import type { S3Options } from '../s3-options.ts';
import type { RequestOptions } from './call.ts';
import { CONTROL_TIMEOUT } from './deadlines.ts';
import type { Peer } from './network-fault.ts';
import { addressOf } from './network-fault.ts';
import { S3Error } from './s3-error.ts';

/** A request as the SDK has signed it, as far as it is read here. */
interface SignedRequest extends Peer {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Sends requests for a range of an object over connections of our own reader. The SDK signs them, reads what their head
 * says, and sends them again, as all others; but the bytes of an archive through Node's HTTP and its streams cost more
 * CPU time than all that is done with them.
 */
export function readRangesInBulk(
  { config: { requestHandler } }: S3Client,
  { proxies, ca, timeoutScale = 1 }: Pick<S3Options, 'proxies' | 'ca' | 'timeoutScale'>,
): void {
  const { lookup, connect, secureConnect } = DEFAULT_TIMEOUTS;
  // As the SDK's own ways: the phases of a proxy are scaled, a direct connection is not.
  const scale = proxies?.areSet === true ? timeoutScale : 1;
  const timeouts = {
    ...DEFAULT_TIMEOUTS,
    lookup: lookup * scale,
    connect: connect * scale,
    secureConnect: secureConnect * scale,
  };
  const bulk = new BulkRequests(timeouts, proxies, { ca });
  const handle = requestHandler.handle.bind(requestHandler);
  const destroy = requestHandler.destroy?.bind(requestHandler);
  requestHandler.handle = async (request, options) => {
    const { abortSignal, requestTimeout } = (options ?? {}) as Partial<RequestOptions>;
    const range = rangeRequest(request as SignedRequest, requestTimeout);
    const response = range === undefined ? undefined : await askInBulk(bulk, range, abortSignal);
    return response === undefined
      ? handle(request, options)
      : // The SDK looks at nothing else of a response.
        { response: response as unknown as Awaited<ReturnType<typeof handle>>['response'] };
  };
  requestHandler.destroy = () => {
    bulk.close();
    destroy?.();
  };
}

/** What reads the response to a range the fastest: of a stream that is one of ours, the body within it. */
export function rangeBody(stream: Readable): DownloadBody {
  return stream instanceof RangeStream ? stream.body : stream;
}

/** @returns `undefined` for every other request */
function rangeRequest(request: SignedRequest, timeout: number = CONTROL_TIMEOUT): BulkRequest | undefined {
  const { method, path, query, headers } = request;
  if (method !== 'GET' || headers.range === undefined) return undefined;
  const fields = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return {
    url: new URL(addressOf(request)),
    // Not by `URL`, which resolves the dots of a path that has been signed with them.
    path: fields.length === 0 ? path : `${path}?${fields.join('&')}`,
    headers,
    freshConnection: false,
    timeout,
  };
}

/** @returns `undefined` where the SDK's own client is needed */
async function askInBulk(bulk: BulkRequests, request: BulkRequest, signal = new AbortController().signal) {
  try {
    const answered = await bulk.ask(request, signal);
    if (answered === undefined) return undefined;
    const { status, headers } = answered.head;
    const { url, path } = request;
    const context: TransportContext = {
      // As every read of the store that breaks off; see `readStalled`.
      makeError: (_fault, message, options) => new S3Error('s3.timeout', message, options),
      operation: `GetObject ${path.replace(/\?.*$/, '').slice(1)}`,
      host: url.host,
      secure: url.protocol === 'https:',
      status,
    };
    const body = answered.body(promisedLength(status, headers), context, signal);
    return { statusCode: status, headers: { ...headers }, body: new RangeStream(body) };
  } catch (error) {
    throw error instanceof PhaseTimeout ? timeoutOf(error) : error;
  }
}

/** Under the name of the SDK's own; see `nameNetworkFaults`. */
function timeoutOf({ phase, milliseconds }: PhaseTimeout): Error {
  const what = phase === 'response' ? 'gave no response' : 'did not establish a connection';
  return Object.assign(new Error(`the store ${what} within ${milliseconds} ms`), { name: 'TimeoutError' });
}

/** A body as the SDK hands it through. It is read as a stream only where it is no archive's: of a failure, of a few bytes. */
class RangeStream extends Readable {
  readonly body: DownloadBody;
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(body: DownloadBody) {
    super();
    this.body = body;
    this.#chunks = body[Symbol.asyncIterator]();
  }

  override _read(): void {
    this.#chunks.next().then(
      ({ done, value }) => this.push(done === true ? null : Buffer.from(value)),
      (error: Error) => this.destroy(Object.assign(new Error(error.message), { code: 'ECONNRESET' })),
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.body.destroy(error ?? undefined);
    done(error);
  }
}
