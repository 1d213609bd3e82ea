import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../src/ports/clock.ts';

/** Between two looks whether all is quiet, in real milliseconds; and how many quiet ones in a row it takes. */
const LOOK_EVERY = 6;
const LOOKS = 4;
/** Quiet looks after which it jumps although only watches sleep: what they watch has stopped. */
const STUCK_LOOKS = 400;

/** Sleeps from here on, in milliseconds, take so many times as long: what waits for an outage gives up after fewer tries. */
const LONG = 12_000;
const OVERSLEEP = 5;

/** Of a lease that is held, in milliseconds: they are under way all the time, and no reason to jump. */
const WATCHES: ReadonlySet<number> = new Set([2_500, 10_000]);

/** Requests that a server of this process has on hand, by the server's port. */
const UNDER_WAY = new Map<number, number>();

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

subscribe('http.server.request.start', (message) => {
  const { request, response } = message as Exchange;
  const { localPort } = request.socket;
  if (localPort === undefined) return;
  const count = (more: number) => UNDER_WAY.set(localPort, (UNDER_WAY.get(localPort) ?? 0) + more);
  count(1);
  response.once('close', () => count(-1));
});

interface Sleeper {
  readonly ms: number;
  readonly due: number;
  readonly wake: () => void;
}

/**
 * A clock that stands while its run works, and jumps to the end of the next sleep while it waits and no server of its
 * world has a request on hand: waiting takes no time, and a machine under load misses no deadline.
 */
export class QuickClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  #ports: readonly number[] = [];
  #now: number;
  #looks = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param start milliseconds since the epoch */
  constructor(start: number) {
    this.#now = start;
  }

  /** @param servers URLs of the servers that requests go to */
  watch(servers: readonly string[]): void {
    this.#ports = servers.map((url) => Number(new URL(url).port));
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = ms >= LONG ? ms * (OVERSLEEP - 1) : 0;
    const sleeper = { ms, due: this.now() + ms + late, wake: resolve };
    const abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    this.#sleepers.add(sleeper);
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY);
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#sleepers.delete(sleeper);
      if (this.#sleepers.size === 0) this.#stop();
    }
  }

  /** Sets it forward by so many milliseconds. */
  skip(ms: number): void {
    this.#now += ms;
  }

  #look(): void {
    const isWaiting = [...this.#sleepers].some(({ ms }) => !WATCHES.has(ms));
    const isQuiet = this.#ports.every((port) => (UNDER_WAY.get(port) ?? 0) === 0);
    this.#looks = isQuiet ? this.#looks + 1 : 0;
    if (this.#looks >= (isWaiting ? LOOKS : STUCK_LOOKS)) {
      const next = Math.min(...[...this.#sleepers].map(({ due }) => due));
      this.skip(Math.max(0, next - this.now()));
      this.#looks = 0;
    }
    for (const { due, wake } of this.#sleepers) if (due <= this.now()) wake();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#looks = 0;
  }
}
