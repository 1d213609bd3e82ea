import { type Duplex, Readable } from 'node:stream';
import { cutShort, type TransportContext } from './transport-errors.ts';

export interface ResponseBodyOptions {
  /** got's stream of the answered request. */
  readonly source: Duplex;
  /** Bytes that must come; `null` where the service did not say. */
  readonly expected: number | null;
  readonly context: TransportContext;
  readonly signal: AbortSignal;
}

/**
 * The bytes of a response. It reads only when it is read, checks that all promised bytes came, and raises
 * only errors of ours, or the signal's reason when it is aborted. Destroying it closes the connection. There is no time limit
 * between bytes: got's `timeout.socket` fires under back-pressure, so the reader watches for stalls.
 *
 * For API calls, and for downloads that `bulk` does not read; what got's stream costs beside it, `docs/performance.md`
 * tells.
 */
export class ResponseBody extends Readable {
  readonly #options: ResponseBodyOptions;
  #received = 0;
  #ended = false;

  constructor(options: ResponseBodyOptions) {
    // One chunk of a socket: a larger buffer would only hold what the socket's own buffer holds already.
    super({ highWaterMark: 64 * 1024 });
    this.#options = options;
    const { source } = options;
    // An error without a listener must not end the process; a later reader still gets it.
    this.on('error', () => {});
    source.pause();
    source.on('data', (chunk: Buffer) => this.#take(chunk));
    source.on('end', () => this.#finish());
    source.on('error', (error: unknown) => this.#fail(error));
    source.on('close', () => {
      if (!this.#ended) this.#fail();
    });
  }

  override _read(): void {
    this.#options.source.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // After its end the connection may already serve the next request.
    if (!this.#ended) this.#options.source.destroy();
    callback(error);
  }

  #take(chunk: Buffer): void {
    if (this.destroyed) return;
    this.#received += chunk.length;
    const { expected, source } = this.#options;
    if (expected !== null && this.#received > expected) this.#fail();
    else if (!this.push(chunk)) source.pause();
  }

  #finish(): void {
    const { expected } = this.#options;
    if (expected !== null && this.#received !== expected) {
      this.#fail();
      return;
    }
    this.#ended = true;
    this.push(null);
  }

  #fail(thrown?: unknown): void {
    if (this.destroyed) return;
    const { signal, context, expected } = this.#options;
    const reason: unknown = signal.aborted ? signal.reason : undefined;
    this.destroy(reason instanceof Error ? reason : cutShort(context, this.#received, expected, thrown));
  }
}
