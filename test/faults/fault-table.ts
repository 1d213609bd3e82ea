import { answer, type Fault, type Operation } from '../../sandbox/scalingo/fault.ts';
import type { ProxyFault } from './faulty-proxy.ts';

/** What goes wrong, and whether one occurrence may end the run. */
export interface FaultKind<What> {
  readonly name: string;
  readonly fault: What;
  /** Why its kind forbids healing, where it does. */
  readonly final?: string | undefined;
  /** That reason holds only where the credentials are set as they are. */
  readonly isRenewable?: boolean;
  /** That reason holds only at this call. */
  readonly finalAt?: Operation;
  /** Spoils the body of the response alone. */
  readonly inBody?: boolean;
  /** Costs seconds of real time each: tried once a call, not for a whole run. */
  readonly isSlow?: boolean;
}

const HTML = '<html><head><title>Sign in</title></head><body><p>Welcome<br></body></html>';

/** An S3 error document (API_Error). */
function s3Error(status: number, code: string): Extract<ProxyFault, { kind: 'response' }> {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>played by a test</Message><RequestId>test</RequestId></Error>`;
  return { kind: 'response', status, body };
}

/** Enough for a correction of the clock, and less than a store refuses. */
const CLOCK_STEP = 14 * 60_000;

/** What may happen to one request to a store. */
export const STORE_FAULTS: readonly FaultKind<ProxyFault>[] = [
  { name: 'connections refused', fault: { kind: 'refused' } },
  { name: 'reset before the effect', fault: { kind: 'reset-before' } },
  { name: 'FIN before the effect', fault: { kind: 'fin-before' } },
  { name: 'reset after the effect', fault: { kind: 'reset-after' } },
  { name: 'FIN after the effect', fault: { kind: 'fin-after' } },
  { name: 'FIN in the body', fault: { kind: 'fin-in-body' }, inBody: true },
  { name: 'silence before the effect', fault: { kind: 'silent-before' }, isSlow: true },
  { name: 'silence after the effect', fault: { kind: 'silent-after' }, isSlow: true },
  { name: 'a byte at a time', fault: { kind: 'drip', everyMs: 5 }, isSlow: true, inBody: true },
  { name: 'half a body', fault: { kind: 'half' }, inBody: true },
  { name: '200 without a body', fault: { kind: 'response', status: 200, body: '' } },
  { name: '200 of a web page', fault: { kind: 'response', status: 200, body: HTML } },
  { name: '200 with an error', fault: { ...s3Error(200, 'InternalError') } },
  { name: '400 RequestTimeout', fault: s3Error(400, 'RequestTimeout') },
  {
    name: '400 ExpiredToken',
    fault: s3Error(400, 'ExpiredToken'),
    final: 'credentials of the configuration cannot be renewed',
    isRenewable: true,
  },
  {
    name: '403 RequestTimeTooSkewed',
    get fault() {
      const date = new Date(Date.now() + CLOCK_STEP).toUTCString();
      return { ...s3Error(403, 'RequestTimeTooSkewed'), headers: { date } };
    },
  },
  { name: '403 AccessDenied', fault: s3Error(403, 'AccessDenied'), final: 'a right is missing' },
  { name: '404 NoSuchBucket', fault: s3Error(404, 'NoSuchBucket'), final: 'there is no bucket' },
  { name: '409 OperationAborted', fault: s3Error(409, 'OperationAborted') },
  { name: '429', fault: { kind: 'response', status: 429, body: HTML } },
  { name: '500 InternalError', fault: s3Error(500, 'InternalError') },
  { name: '502 of a web page', fault: { kind: 'response', status: 502, body: HTML } },
  { name: '503 SlowDown', fault: s3Error(503, 'SlowDown') },
  { name: '504 of a web page', fault: { kind: 'response', status: 504, body: HTML } },
  {
    name: '500 after the effect',
    fault: { kind: 'response', status: 500, body: HTML, executed: true },
  },
];

/** What may happen to one call to Scalingo. */
export const SOURCE_FAULTS: readonly FaultKind<Fault>[] = [
  { name: 'connection closed before the effect', fault: { kind: 'drop', executed: false } },
  { name: 'connection closed after the effect', fault: { kind: 'drop', executed: true } },
  { name: 'silence before the effect', fault: { kind: 'hang', executed: false }, isSlow: true },
  { name: 'silence after the effect', fault: { kind: 'hang', executed: true }, isSlow: true },
  { name: 'half a body', fault: { kind: 'half' } },
  { name: '200 without a body', fault: answer(200, '') },
  { name: '200 of a web page', fault: answer(200, HTML, { headers: { 'Content-Type': 'text/html' } }) },
  { name: '200 with an error', fault: answer(200, { error: 'fail to reach the backend' }) },
  { name: '400', fault: answer(400, { error: 'bad request' }), final: 'the request is refused' },
  {
    name: '401',
    fault: answer(401, { error: 'unauthorized' }),
    final: 'the API token is refused',
    finalAt: 'exchange',
  },
  { name: '403', fault: answer(403, { error: 'forbidden' }), final: 'a right is missing' },
  { name: '404', fault: answer(404, { error: 'not found' }), final: 'it is not there' },
  { name: '429', fault: answer(429, 'Retry later\n') },
  { name: '500', fault: answer(500, { error: 'Internal Server Error' }) },
  { name: '502 of a web page', fault: answer(502, HTML, { headers: { 'Content-Type': 'text/html' } }) },
  { name: '503', fault: answer(503, HTML, { headers: { 'Content-Type': 'text/html' } }) },
  { name: '504 after the effect', fault: answer(504, HTML, { executed: true }) },
];

/** The calls to Scalingo that a night makes. */
export const SOURCE_CALLS: readonly Operation[] = [
  'exchange',
  'addonToken',
  'database',
  'list',
  'create',
  'archive',
  'download',
];
