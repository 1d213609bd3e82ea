import { connect as connectPlain, isIP, type LookupFunction, type OnReadOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectSecure } from 'node:tls';
import type { HttpProxy, Target } from '../../proxy/http-proxy.ts';
import { silent, unreached } from '../../proxy/proxy-error.ts';
import { handshake, openTunnel } from '../../proxy/tunnel.ts';
import { type HttpTimeouts, proxyTimeouts } from '../timeouts.ts';
import { ReadAhead } from './read-ahead.ts';
import { endOfHead, parseResponseHead, type ResponseHead } from './response-head.ts';

/** Who reads is woken at once with as much as this, else when the system has nothing more at the moment. */
const ENOUGH = 128 * 1024;
const LONGEST_HEAD = 64 * 1024;

/** A phase of a request took longer than it may. */
export class PhaseTimeout extends Error {
  readonly phase: keyof HttpTimeouts;
  readonly milliseconds: number;

  constructor(phase: keyof HttpTimeouts, milliseconds: number) {
    super(`${phase} took longer than ${milliseconds} ms`);
    this.phase = phase;
    this.milliseconds = milliseconds;
  }
}

/** The other side has closed the connection in good order. */
export class ConnectionEnd extends Error {
  readonly code = 'ECONNRESET';
}

/** How a target is reached. */
export interface BulkWay {
  /** What it goes by; directly unless given. */
  readonly proxy?: HttpProxy | undefined;
  /** How its name is looked up; by the system unless given. */
  readonly lookup?: LookupFunction | undefined;
  /** PEM text of the target's own CA; those of Node unless given. */
  readonly ca?: string | undefined;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * One connection over which responses are read from the socket into blocks of its own (net's `onread`): no
 * stream, no parser and no allocation between the system and who reads.
 */
export class BulkConnection {
  readonly #socket: Socket;
  readonly #ahead = new ReadAhead();
  #waiter: Waiter | undefined;
  #failure: Error | undefined;
  #wakes = false;
  /** Bytes received so far, of all responses. */
  #received = 0;

  /** @param open makes the socket, which hands its bytes to `onread` */
  constructor(open: (onread: OnReadOpts) => Socket) {
    this.#socket = open({
      buffer: () => this.#ahead.target(),
      callback: (bytes) => this.#take(bytes),
    });
    this.#socket.setNoDelay(true);
    this.#socket.on('error', (error) => this.#end(error));
    this.#socket.on('end', () => this.#end(new ConnectionEnd('the connection was closed')));
    this.#socket.on('close', () => this.#end(closed()));
  }

  /**
   * A target by TLS has a tunnel through its proxy, which looks the name up.
   * @throws PhaseTimeout (`lookup`, `connect`, `secureConnect`); what the system raises; ProxyError; the signal's reason
   */
  static async open(
    target: Target,
    timeouts: HttpTimeouts,
    signal: AbortSignal,
    { proxy, lookup, ca }: BulkWay = {},
  ): Promise<BulkConnection> {
    if (proxy === undefined) return BulkConnection.#direct(target, timeouts, signal, { lookup, ca });
    if (target.secure) return BulkConnection.#tunnelled(target, timeouts, signal, proxy, ca);
    try {
      return await BulkConnection.#direct(proxy, timeouts, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof PhaseTimeout
        ? silent(proxy, 'connection', error.milliseconds)
        : unreached(proxy, error);
    }
  }

  static async #direct(
    { secure, host, port }: Target,
    timeouts: HttpTimeouts,
    signal: AbortSignal,
    { lookup, ca }: BulkWay = {},
  ): Promise<BulkConnection> {
    const named = lookup === undefined ? {} : { lookup };
    const connection = new BulkConnection((onread) => {
      if (!secure) return connectPlain({ host, port, onread, ...named });
      const options: ConnectionOptions & { onread: OnReadOpts } = {
        ...secureOptions(host, port, ca),
        ...named,
        onread,
      };
      return connectSecure(options);
    });
    const socket = connection.#socket;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.once(secure ? 'secureConnect' : 'connect', () => resolve());
    let phase: keyof HttpTimeouts = 'lookup';
    let timer: NodeJS.Timeout | undefined;
    const enter = (next: keyof HttpTimeouts) => {
      phase = next;
      clearTimeout(timer);
      timer = setTimeout(() => connection.destroy(new PhaseTimeout(phase, timeouts[phase])), timeouts[phase]);
    };
    // An address is not looked up.
    enter(isIP(host) === 0 ? 'lookup' : 'connect');
    socket.once('lookup', () => enter('connect'));
    socket.once('connect', () => (secure ? enter('secureConnect') : undefined));
    try {
      await connection.#until(promise, signal);
      return connection;
    } finally {
      clearTimeout(timer);
    }
  }

  static async #tunnelled(
    target: Target,
    timeouts: HttpTimeouts,
    signal: AbortSignal,
    proxy: HttpProxy,
    ca: string | undefined,
  ): Promise<BulkConnection> {
    const bounds = proxyTimeouts(timeouts);
    const tunnel = await openTunnel(proxy, target, bounds, signal);
    const socket = connectSecure({ ...secureOptions(target.host, target.port, ca), socket: tunnel });
    await handshake(socket, proxy, target, bounds.secureConnect, signal);
    const connection = new BulkConnection(() => socket);
    // Over another socket Node has no `onread`: what it gives is copied into the blocks.
    socket.on('data', (bytes: Buffer) => connection.#copy(bytes));
    return connection;
  }

  /** Whether another request may go over it: open, and nothing on it that was not asked for. */
  get isIdle(): boolean {
    return this.#failure === undefined && this.#ahead.size === 0;
  }

  /** All bytes it has received so far. */
  get received(): number {
    return this.#received;
  }

  /** An idle connection keeps no process alive. */
  rest(): void {
    this.#socket.unref();
  }

  /**
   * Sends a request without a body and waits for the head of its response.
   * @param head request line and header fields, with the empty line at their end
   * @returns `undefined` for a response that `parseResponseHead` does not read
   * @throws PhaseTimeout (`response`); what the system raises; the signal's reason
   */
  async ask(head: string, timeout: number, signal: AbortSignal): Promise<ResponseHead | undefined> {
    this.#socket.ref();
    this.#socket.write(head, 'latin1');
    const timer = setTimeout(() => this.destroy(new PhaseTimeout('response', timeout)), timeout);
    try {
      let bytes: Buffer = Buffer.alloc(0);
      for (;;) {
        bytes = Buffer.concat([bytes, await this.#until(this.read(LONGEST_HEAD), signal)]);
        const end = endOfHead(bytes);
        if (end >= 0) {
          this.#ahead.putBack(bytes.length - end);
          return parseResponseHead(bytes.toString('latin1', 0, end));
        }
        if (bytes.length > LONGEST_HEAD) return undefined;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * The next bytes, `limit` of them at most, as soon as there are any. They are the reader's until the next
   * `read`, unless it keeps them.
   * @throws what broke it, its end included; what it was destroyed with
   */
  async read(limit: number): Promise<Buffer> {
    let bytes = this.#ahead.take(limit);
    while (bytes.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      this.#socket.resume();
      await new Promise<void>((resolve, reject) => {
        this.#waiter = { resolve, reject };
      });
      bytes = this.#ahead.take(limit);
    }
    // While these are read, the next may come.
    if (!this.#ahead.isFull) this.#socket.resume();
    return bytes;
  }

  /** Leaves what was read last to its reader beyond the next `read`; see `ReadAhead.keep`. */
  keep(bytes: Buffer): (() => void) | undefined {
    return this.#ahead.keep(bytes);
  }

  /**
   * The bytes up to the next CRLF, without it.
   * @returns `undefined` where `longest` bytes have none
   */
  async readLine(longest: number): Promise<string | undefined> {
    let line = '';
    while (line.length <= longest) {
      const bytes = await this.read(longest);
      const text = line + bytes.toString('latin1');
      const end = text.indexOf('\r\n');
      if (end >= 0) {
        this.#ahead.putBack(text.length - end - 2);
        return text.slice(0, end);
      }
      line = text;
    }
    return undefined;
  }

  /** Closes it; a pending read rejects with `error`. */
  destroy(error: Error = closed()): void {
    this.#fail(error);
    this.#socket.destroy();
  }

  #copy(bytes: Buffer): void {
    let goesOn = true;
    for (let copied = 0; copied < bytes.length; ) {
      const count = bytes.copy(this.#ahead.target(), 0, copied);
      copied += count;
      goesOn = this.#take(count);
    }
    if (!goesOn) this.#socket.pause();
  }

  #take(count: number): boolean {
    this.#ahead.received(count);
    this.#received += count;
    if (this.#waiter !== undefined) {
      if (this.#ahead.size >= ENOUGH) this.#wake();
      else if (!this.#wakes) {
        this.#wakes = true;
        setImmediate(() => {
          this.#wakes = false;
          this.#wake();
        });
      }
    }
    return !this.#ahead.isFull;
  }

  #wake(): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.resolve();
  }

  /** No further bytes will come. Those that came before, in the same packet perhaps, are read first. */
  #end(error: Error): void {
    this.#failure ??= error;
    if (this.#ahead.size > 0) this.#wake();
    else this.#fail(error);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.reject(this.#failure);
  }

  /** Waits for `promise`, the connection's failure or the signal, whichever comes first. */
  async #until<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
    const { promise: failed, reject } = Promise.withResolvers<never>();
    const onAbort = () => this.destroy(asError(signal.reason));
    const onClose = () => {
      if (this.#ahead.size === 0) reject(this.#failure);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#socket.once('close', onClose);
    // What is not waited for to its end fails with the connection, unseen.
    promise.catch(() => {});
    try {
      if (signal.aborted) onAbort();
      signal.throwIfAborted();
      if (this.#failure !== undefined && this.#ahead.size === 0) throw this.#failure;
      return await Promise.race([promise, failed]);
    } catch (error) {
      this.destroy();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#socket.off('close', onClose);
      failed.catch(() => {});
    }
  }
}

function secureOptions(host: string, port: number, ca: string | undefined): ConnectionOptions {
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return { host, port, ...servername, ...(ca === undefined ? {} : { ca }), ALPNProtocols: ['http/1.1'] };
}

function closed(): Error {
  return Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
