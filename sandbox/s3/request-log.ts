import type { IncomingMessage } from 'node:http';
import { matches } from './failures.ts';
import type { RecordedRequest, RequestFilter } from './options.ts';
import type { Route } from './route.ts';

const SECRET_HEADERS = ['authorization', 'x-amz-security-token'];

interface Waiter {
  readonly filter: RequestFilter;
  left: number;
  readonly resolve: (request: RecordedRequest) => void;
}

/** Every request that arrived, and those who wait for one. */
export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  #waiters: Waiter[] = [];

  /** @param route `undefined` for a target that could not be read */
  record(request: IncomingMessage, route: Route | undefined, requestId: string): RecordedRequest {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) {
      if (!SECRET_HEADERS.includes(name)) headers[name] = String(value);
    }
    const partNumber = Number(route?.query.get('partNumber') ?? Number.NaN);
    const recorded: RecordedRequest = {
      operation: route?.operation ?? 'Unknown',
      method: request.method ?? '',
      bucket: route?.bucket,
      key: route?.key,
      uploadId: route?.query.get('uploadId'),
      partNumber: Number.isInteger(partNumber) ? partNumber : undefined,
      query: Object.fromEntries(route?.query ?? []),
      headers,
      requestId,
      status: undefined,
      errorCode: undefined,
      bytesReceived: 0,
      bytesSent: 0,
    };
    this.requests.push(recorded);
    const satisfied = this.#waiters.filter((waiter) => {
      if (!matches(waiter.filter, recorded)) return false;
      waiter.left -= 1;
      return waiter.left === 0;
    });
    this.#waiters = this.#waiters.filter((waiter) => waiter.left > 0);
    for (const waiter of satisfied) waiter.resolve(recorded);
    return recorded;
  }

  matching(filter: RequestFilter): RecordedRequest[] {
    return this.requests.filter((request) => matches(filter, request));
  }

  /** The `count`-th matching request since the start, once it has arrived. */
  seen(filter: RequestFilter, count: number): Promise<RecordedRequest> {
    const before = this.matching(filter);
    const found = before[count - 1];
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve) => {
      this.#waiters.push({ filter, left: count - before.length, resolve });
    });
  }
}
