import type { DownloadBody } from '../../ports/backup-source.ts';
import { formatDuration } from '../../text/duration.ts';

/** The slowest rate that counts as moving, in bytes a second. */
const SLOWEST = 1024;
/** The rate is taken over so many milliseconds of waiting. */
const RATE_WINDOW = 5 * 60_000;
/** Over as many stall timeouts, where that is shorter. */
const STALLS_A_WINDOW = 5;

/** The errors for bytes that do not come. */
export interface StallFaults {
  /** @param stallTimeoutMs milliseconds without a byte */
  stalled(stallTimeoutMs: number): Error;
  /** @param bytes that came in `waitedMs` milliseconds of waiting */
  tooSlow(bytes: number, waitedMs: number): Error;
}

/** Those of a store that an archive is read from. @param fault makes its error; `what` goes on from "the store" */
export function storeFaults(fault: (what: string) => Error): StallFaults {
  return {
    stalled: (ms) => fault(`gave no byte of the archive for ${formatDuration(ms)}`),
    tooSlow: (bytes, ms) =>
      fault(`gave ${bytes} bytes of the archive in ${formatDuration(ms)}, less than 1 KiB a second`),
  };
}

/**
 * Reads a body and ends it when it gives no byte for `stallTimeout` milliseconds while its reader waits for one, or
 * less than 1 KiB a second over `RATE_WINDOW`, or over five stall timeouts where that is shorter. Time in which the
 * reader does not wait does not count: a slow store is no stall of the source.
 *
 * The timer is the system's own and not the `Clock`: it measures a socket, which knows no simulated time.
 * It is one timer, pushed back at each read, because a transfer has tens of thousands of them.
 * @throws what `faults` make of it; what the body raises; the signal's reason
 */
export async function* readWatched(
  body: Pick<DownloadBody, typeof Symbol.asyncIterator> & { destroy(error?: Error): unknown },
  stallTimeout: number,
  faults: StallFaults,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let waiting = false;
  const timer = setTimeout(() => {
    if (waiting) body.destroy(faults.stalled(stallTimeout));
    else timer.refresh();
  }, stallTimeout);
  const onAbort = () => body.destroy(asError(signal.reason));
  signal.addEventListener('abort', onAbort, { once: true });
  const chunks = body[Symbol.asyncIterator]();
  const rate = new WaitedRate(Math.min(RATE_WINDOW, STALLS_A_WINDOW * stallTimeout));
  try {
    signal.throwIfAborted();
    for (;;) {
      timer.refresh();
      waiting = true;
      const asked = performance.now();
      const step = await chunks.next();
      waiting = false;
      if (step.done === true) return;
      const slow = rate.add(step.value.length, performance.now() - asked);
      if (slow !== undefined) throw faults.tooSlow(slow.bytes, slow.waitedMs);
      yield step.value;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    body.destroy();
  }
}

/** The rate of what was waited for, over one window after the other. */
class WaitedRate {
  readonly #window: number;
  #bytes = 0;
  #waitedMs = 0;

  constructor(window: number) {
    this.#window = window;
  }

  /** @returns what came in a window that is over and was too slow */
  add(bytes: number, waitedMs: number): { bytes: number; waitedMs: number } | undefined {
    this.#bytes += bytes;
    this.#waitedMs += waitedMs;
    if (this.#waitedMs < this.#window) return undefined;
    const over = { bytes: this.#bytes, waitedMs: this.#waitedMs };
    this.#bytes = 0;
    this.#waitedMs = 0;
    return over.bytes < (SLOWEST * over.waitedMs) / 1000 ? over : undefined;
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
