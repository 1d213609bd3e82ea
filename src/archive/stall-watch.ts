import type { DownloadBody } from '../domain/backup-api.ts';
import type { SourceFaults } from './source-faults.ts';

/**
 * Reads a download and ends it when it gives no byte for `stallTimeout` milliseconds while somebody waits
 * for one. Time in which nobody reads does not count: a slow store is no stall of the source.
 *
 * The timer is the system's own and not the `Clock`: it measures a socket, which knows no simulated time.
 * It is one timer, pushed back at each read, because a transfer has tens of thousands of them.
 * @throws IntegrityError `archive.stalled`; what the body raises; the signal's reason
 */
export async function* readWatched(
  body: DownloadBody,
  stallTimeout: number,
  faults: SourceFaults,
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
  try {
    signal.throwIfAborted();
    for (;;) {
      timer.refresh();
      waiting = true;
      const step = await chunks.next();
      waiting = false;
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    body.destroy();
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
