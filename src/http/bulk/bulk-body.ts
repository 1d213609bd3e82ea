import { ArchiverError } from '../../model/errors.ts';
import type { DownloadBody } from '../../ports/backup-source.ts';
import { cutShort, type TransportContext } from '../transport-errors.ts';
import { type BulkConnection, ConnectionEnd } from './connection.ts';
import { type Framing, isField } from './response-head.ts';

/**
 * A chunk's size in hexadecimal, with as many zeros before it as a server likes, and extensions that are not needed (RFC 9112 §7.1.1). As strict as Node's parser:
 * no blanks, and no control character.
 */
const CHUNK_SIZE =
  /^0*([0-9a-f]{1,13})((?:;[!#$%&'*+.^_`|~0-9a-z-]*(?:=[!#$%&'*+.^_`|~0-9a-z-]+|="(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*")?)*)$/i;
/** What a trailer must not say any more (RFC 9110 §6.5.1). */
const FRAMING = /^(?:content-length|transfer-encoding):/i;
const LONGEST_LINE = 4096;
const MOST_TRAILERS = 64;

export interface BulkBodyOptions {
  readonly connection: BulkConnection;
  readonly framing: Framing;
  /** Bytes that must come, where the response tells; `null` where it does not. */
  readonly expected: number | null;
  readonly context: TransportContext;
  readonly signal: AbortSignal;
  /** Called when the last byte has been read and the connection is free. */
  readonly onEnd: () => void;
}

/** The body of one response; its errors are ours, or the signal's reason. */
export class BulkBody implements DownloadBody {
  readonly #options: BulkBodyOptions;
  readonly #onAbort: () => void;
  #received = 0;
  #over = false;
  #reason: Error | undefined;

  constructor(options: BulkBodyOptions) {
    this.#options = options;
    const { signal } = options;
    this.#onAbort = () => this.destroy(signal.reason instanceof Error ? signal.reason : undefined);
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    const { expected } = this.#options;
    try {
      for await (const bytes of this.#framed()) {
        this.#received += bytes.length;
        if (expected !== null && this.#received > expected) throw this.#cutShort();
        yield bytes;
      }
      if (expected !== null && this.#received < expected) throw this.#cutShort();
      if (this.#over) throw this.#cutShort();
      this.#leave();
      this.#options.onEnd();
    } catch (error) {
      throw this.#reason ?? (error instanceof ArchiverError ? error : this.#cutShort(error));
    } finally {
      this.destroy();
    }
  }

  keep(chunk: Buffer): (() => void) | undefined {
    return this.#options.connection.keep(chunk);
  }

  destroy(error?: Error): void {
    if (this.#over) return;
    this.#reason ??= error;
    this.#leave();
    this.#options.connection.destroy(error);
  }

  #framed(): AsyncIterable<Buffer> {
    const { framing } = this.#options;
    if (framing === 'chunked') return this.#chunks();
    return framing === 'close' ? this.#toTheEnd() : this.#exactly(framing);
  }

  async *#exactly(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      const bytes = await this.#options.connection.read(left);
      left -= bytes.length;
      yield bytes;
    }
  }

  async *#toTheEnd(): AsyncGenerator<Buffer> {
    try {
      for (;;) yield await this.#options.connection.read(Number.POSITIVE_INFINITY);
    } catch (error) {
      if (!(error instanceof ConnectionEnd)) throw error;
    }
  }

  /** RFC 9112 §7.1. */
  async *#chunks(): AsyncGenerator<Buffer> {
    for (;;) {
      const [, size, extensions] = CHUNK_SIZE.exec(await this.#line()) ?? [];
      if (size === undefined || /;(?:;|$)/.test(extensions ?? '')) throw notHttp('HPE_INVALID_CHUNK_SIZE');
      const bytes = Number.parseInt(size, 16);
      if (bytes === 0) break;
      yield* this.#exactly(bytes);
      if ((await this.#line()) !== '') throw notHttp('HPE_STRICT');
    }
    let trailer = await this.#line();
    for (let trailers = 0; trailer !== ''; trailers++) {
      if (trailers > MOST_TRAILERS) throw notHttp('HPE_HEADER_OVERFLOW');
      if (!isField(trailer) || FRAMING.test(trailer)) throw notHttp('HPE_INVALID_HEADER_TOKEN');
      trailer = await this.#line();
    }
  }

  async #line(): Promise<string> {
    const line = await this.#options.connection.readLine(LONGEST_LINE);
    if (line === undefined) throw notHttp('HPE_HEADER_OVERFLOW');
    return line;
  }

  #cutShort(thrown?: unknown): ArchiverError {
    const { context, expected } = this.#options;
    return cutShort(context, this.#received, expected, thrown);
  }

  #leave(): void {
    this.#over = true;
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }
}

/** Under the codes of Node's own parser. */
function notHttp(code: string): Error {
  return Object.assign(new Error('the chunked coding is broken'), { code });
}
