import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RecordedRequest } from './request-log.ts';
import type { Route } from './route.ts';
import type { SimulatedDatabase } from './simulated-database.ts';

/** One call on its way: what was asked, and where its response goes. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly record: RecordedRequest;
  readonly route: Route;
  readonly query: URLSearchParams;
  readonly database: SimulatedDatabase | undefined;
}
