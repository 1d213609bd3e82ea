import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from './failures.ts';
import type { RecordedRequest, StoreQuirks } from './options.ts';
import { S3Error } from './s3-error.ts';
import { type Authentication, header } from './signature.ts';
import type { Store } from './store.ts';

/** One authenticated request, on its way through an operation. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly headers: IncomingHttpHeaders;
  readonly query: ReadonlyMap<string, string>;
  readonly authentication: Authentication;
  readonly record: RecordedRequest;
  /** What was scripted to go wrong with it. */
  readonly fault: Fault | undefined;
  readonly store: Store;
  readonly quirks: StoreQuirks;
  /** The time, as the store sees it. */
  readonly now: Date;
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
}

/** What an operation answers. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An XML document. */
  readonly xml?: string;
  /** Writes the body instead; the headers have been set. */
  readonly stream?: (response: ServerResponse) => Promise<void>;
}

/** One operation. @throws S3Error for every refusal */
export type Operation = (exchange: Exchange) => Promise<Reply>;

/** The object's key, which routing has seen to. */
export function keyOf(exchange: Exchange): string {
  return exchange.record.key ?? '';
}

/** A header of the request as one text; `undefined` when absent or empty. */
export function headerOf(exchange: Exchange, name: string): string | undefined {
  const value = header(exchange.headers, name);
  return value === '' ? undefined : value;
}

/**
 * A whole number from the query, at most `most`.
 * @throws S3Error `InvalidArgument`
 */
export function countFromQuery(exchange: Exchange, name: string, absent: number, most: number): number {
  const text = exchange.query.get(name);
  if (text === undefined || text === '') return Math.min(absent, most);
  if (!/^\d{1,10}$/.test(text)) {
    throw new S3Error('InvalidArgument', {
      message: `Provided ${name} not an integer or within integer range`,
      fields: { ArgumentName: name, ArgumentValue: text },
    });
  }
  return Math.min(Number.parseInt(text, 10), most);
}
