import type { RecordedRequest, RequestFilter } from './options.ts';

/** What goes wrong. */
export type Fault =
  /** Answers an error and does nothing. `code` names an S3 error; status and message follow from it. */
  | {
      readonly kind: 'error';
      readonly code: string;
      readonly status?: number;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Answers 200 with an `<Error>` document, as CompleteMultipartUpload may; does nothing. */
  | { readonly kind: 'error-in-200'; readonly code: string; readonly message?: string }
  /** A 200 (or `status`) of something else in between: the work is done only where `executed` is set. */
  | {
      readonly kind: 'foreign';
      readonly body: string;
      readonly contentType?: string;
      readonly status?: number;
      /** Headers of its own, as an `ETag` of its page. */
      readonly headers?: Readonly<Record<string, string>>;
      readonly executed?: boolean;
    }
  /** The head of the proper response, with a length (default 300), and not one byte of its body. Does the work. */
  | { readonly kind: 'stall-body'; readonly length?: number }
  /**
   * The head of the proper response at once, and its body after so many milliseconds, with white space before it: as
   * S3 answers a Complete that takes minutes (API_CompleteMultipartUpload).
   */
  | { readonly kind: 'late-body'; readonly afterMs: number }
  /** The proper response, cut after half of its body as if it were whole. Does the work. */
  | { readonly kind: 'half' }
  /** Does the work, then drops the connection without a response. */
  | { readonly kind: 'lose-answer' }
  /** Does the work, then answers an error all the same. */
  | { readonly kind: 'error-after'; readonly code: string; readonly status?: number }
  /**
   * Answers nothing, for ever (until the client goes or the server closes). `headers`: on arrival, no byte
   * of the body is read; `body`: the whole body is read, nothing is done; `done`: the work is done.
   */
  | { readonly kind: 'hang'; readonly after?: 'headers' | 'body' | 'done' }
  /** Resets the connection after so many payload bytes, received (writes) or sent (GetObject). */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** Holds the request on arrival until the promise settles, then serves it as usual. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** A listing that says it is complete after `entries` entries of the page, though more follow. */
  | { readonly kind: 'short-listing'; readonly entries: number }
  /** Writes: flips a bit of what is stored, after the checks. GetObject: flips a bit of what is sent. */
  | { readonly kind: 'corrupt'; readonly atByte?: number };

export interface FailureSpec extends RequestFilter {
  readonly fault: Fault;
  /** How many matching requests fail; default 1, `Infinity` for all. */
  readonly times?: number;
  /** How many matching requests pass before; default 0. `skip: 1` on a listing fails page 2. */
  readonly skip?: number;
}

/** A failure that was scripted, with its count. */
export interface ScriptedFailure {
  /** Requests that it has hit. */
  readonly hits: number;
  /** Later requests pass. */
  cancel(): void;
}

interface Script {
  readonly spec: FailureSpec;
  skipsLeft: number;
  timesLeft: number;
  hits: number;
}

/** The faults waiting for their requests, oldest first. */
export class FailureScripts {
  readonly #scripts: Script[] = [];

  add(spec: FailureSpec): ScriptedFailure {
    const script: Script = { spec, skipsLeft: spec.skip ?? 0, timesLeft: spec.times ?? 1, hits: 0 };
    this.#scripts.push(script);
    return {
      get hits() {
        return script.hits;
      },
      cancel: () => {
        script.timesLeft = 0;
      },
    };
  }

  /** The fault that this request meets, if any; it is used up by asking. */
  take(request: RecordedRequest): Fault | undefined {
    for (const script of this.#scripts) {
      if (script.timesLeft <= 0 || !matches(script.spec, request)) continue;
      if (script.skipsLeft > 0) {
        script.skipsLeft -= 1;
        continue;
      }
      script.timesLeft -= 1;
      script.hits += 1;
      return script.spec.fault;
    }
    return undefined;
  }
}

/** Whether a request is one of those that the filter means. */
export function matches(filter: RequestFilter, request: RecordedRequest): boolean {
  if (filter.operation !== undefined && filter.operation !== request.operation) return false;
  if (filter.bucket !== undefined && filter.bucket !== request.bucket) return false;
  if (filter.partNumber !== undefined && filter.partNumber !== request.partNumber) return false;
  if (filter.key === undefined) return true;
  if (typeof filter.key === 'string') return filter.key === request.key;
  return filter.key.test(request.key ?? '');
}
