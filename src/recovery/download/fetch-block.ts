import { fullJitter, Retries } from '../../concurrency/retry.ts';
import { ArchiverError, ServiceError, toArchiverError } from '../../model/errors.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { ArchiveStore, ListedObject } from '../../ports/archive-store.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { BACKOFF } from '../../run/download/attempts.ts';
import { readWatched, storeFaults } from '../../run/download/stall-watch.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import { codeOf } from '../../text/error-code.ts';
import type { Block } from './blocks.ts';

/** One archive that is read back, and what reading it needs. */
export interface Reading {
  readonly store: Pick<ArchiveStore, 'readRange' | 'readStalled'>;
  readonly archive: ListedObject;
  readonly manifest: Manifest;
  /** Milliseconds without a byte; see `readWatched`. */
  readonly stallTimeout: number;
  /** Attempts in a row without progress. */
  readonly maxAttempts: number;
  /** Blocks that are fetched at once, each over a connection of its own. */
  readonly connections: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: EventLog;
  /** Called with how many bytes more have come. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Reads one block; what breaks off goes on from the byte it reached.
 * @param take gets each piece with its place in the archive. The piece is the taker's until `take` ends, or until it calls
 *   what `keep` gave it; `keep` gives `undefined` where the piece has to be copied
 * @throws StoreError once there were too many attempts; what `take` throws; the signal's reason
 */
export async function fetchBlock(
  reading: Reading,
  { start, end }: Block,
  take: (bytes: Buffer, at: number, keep: () => (() => void) | undefined) => void | Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { store, archive } = reading;
  const retries = retriesOf(reading, () => at);
  const fault = (what: string) => store.readStalled(archive, what);
  const faults = storeFaults(fault);
  let at = start;
  while (at < end) {
    const from = at;
    let isTaking = false;
    try {
      const body = await store.readRange(archive, { start: at, end }, signal);
      for await (const bytes of readWatched(body, reading.stallTimeout, faults, signal)) {
        if (at + bytes.length > end) throw fault('gave more bytes than were asked for');
        isTaking = true;
        await take(bytes, at, () => body.keep?.(bytes));
        isTaking = false;
        at += bytes.length;
        reading.onBytes(bytes.length);
      }
      if (at < end) throw fault(`ended the response at byte ${at} of ${end}`);
    } catch (error) {
      signal.throwIfAborted();
      if (isTaking) throw error;
      const known = error instanceof ArchiverError ? error : fault(`broke off: ${codeOf(error)}`);
      await retries.failed(known, signal, at > from);
    }
  }
}

function retriesOf({ log, manifest, maxAttempts, clock, random }: Reading, at: () => number): Retries {
  return new Retries({
    attempts: maxAttempts,
    mayPass: (error) => error instanceof ServiceError && error.retryable,
    backoff: { clock, ms: (attempt) => fullJitter(attempt - 1, BACKOFF, random) },
    onRetry: ({ error, attempt, delayMs: waitMs }) =>
      log.warn(
        'archive.retried',
        {
          backupId: manifest.backupId,
          bytes: at(),
          attempt,
          maxAttempts,
          waitMs,
          error: toArchiverError(error),
        },
        `the download broke at ${formatByteSize(at())}: going on from there`,
      ),
  });
}
