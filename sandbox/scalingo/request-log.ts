import type { Operation } from './fault.ts';

export type ServerRole = 'auth' | 'api' | 'database' | 'storage';

/** One request as the simulated Scalingo saw it. Its later fields fill in while it is answered. */
export interface RecordedRequest {
  /** The `X-Request-Id` of the response. */
  readonly id: string;
  readonly server: ServerRole;
  /** `null` where no route matched. */
  readonly operation: Operation | null;
  readonly method: string;
  /** Without the query, where download links carry their token. */
  readonly path: string;
  /** As received, names in lower case; the value of `authorization` is cut to its scheme. */
  readonly headers: Readonly<Record<string, string>>;
  /** The simulation's clock, in milliseconds. */
  readonly at: number;
  readonly app: string | null;
  readonly addonId: string | null;
  readonly backupId: string | null;
  /** Text of the body. */
  body: string;
  /** `null` while there is no response, or when none was ever sent. */
  status: number | null;
  /** Bytes of archive handed to the connection. */
  bytesSent: number;
  /** Whether the response, or the refusal to give one, is over. */
  finished: boolean;
}

type Predicate = (request: RecordedRequest) => boolean;

/** Every request in order of arrival, and a way to wait for one that is to come. */
export class RequestLog {
  readonly all: RecordedRequest[] = [];
  readonly #waiting = new Set<{ matches: Predicate; resolve: (request: RecordedRequest) => void }>();

  add(request: RecordedRequest): void {
    this.all.push(request);
    for (const waiter of this.#waiting) {
      if (!waiter.matches(request)) continue;
      this.#waiting.delete(waiter);
      waiter.resolve(request);
    }
  }

  /** Resolves on the next arrival that matches; what came before does not count. */
  next(matches: Predicate): Promise<RecordedRequest> {
    const { promise, resolve } = Promise.withResolvers<RecordedRequest>();
    this.#waiting.add({ matches, resolve });
    return promise;
  }
}
