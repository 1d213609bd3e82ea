import type { StoreError } from '../../../model/errors.ts';
import type { RequestOptions } from './call.ts';
import { CONTROL_TIMEOUT } from './deadlines.ts';
import { toStoreError } from './explain-error.ts';
import { S3Error } from './s3-error.ts';

/**
 * Sends one command, bounded in time, and raises only our own errors.
 * @param describe what is asked, for the error: `HeadObject prod/…`
 * @throws StoreError; or the signal's reason when that is what ended it
 */
export async function request<Output>(
  send: (options: RequestOptions) => Promise<Output>,
  describe: string,
  signal: AbortSignal,
  timeout: number = CONTROL_TIMEOUT,
): Promise<Output> {
  signal.throwIfAborted();
  try {
    return await send({ abortSignal: signal, requestTimeout: timeout });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw toStoreError(error, describe);
  }
}

/** Pages of one listing: an upload has 10,000 parts at most, and 20,000 pages of S3's have 20 million entries. */
const MOST_PAGES = 20_000;

/** Counts the pages of one listing, of which a store may send more without end, or the same ones again and again. */
export class PageCount {
  readonly #operation: string;
  readonly #most: number;
  readonly #places = new Set<string>();

  /** @param operation `ListParts archives/prod/…`, for the error */
  constructor(operation: string, most: number = MOST_PAGES) {
    this.#operation = operation;
    this.#most = most;
  }

  /**
   * Another page is to be asked for.
   * @param place where it begins, as the store said
   * @throws StoreError `s3.bad_listing`
   */
  next(place: string): void {
    if (this.#places.has(place))
      throw this.#endless('a page says that the next begins where one has begun before');
    this.#places.add(place);
    if (this.#places.size > this.#most) throw this.#endless(`it still goes on after ${this.#most} pages`);
  }

  #endless(why: string): StoreError {
    const operation = this.#operation;
    return new S3Error('s3.bad_listing', `${operation}: the listing cannot be trusted: ${why}`, {
      operation,
    });
  }
}
