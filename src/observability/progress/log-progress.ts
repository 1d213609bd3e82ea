import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { TransferProgress } from '../../ports/transfer-progress.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import { formatDuration } from '../../text/duration.ts';
import type { TerminalScreen } from './terminal-screen.ts';
import { percentOf, TransferRate } from './transfer-rate.ts';

/** Between two `archive.progress` events of one transfer: part of the contract with users. */
const EVENT_INTERVAL_MS = 10_000;

/**
 * Progress for a log: `archive.progress` every ten seconds while a transfer runs, with `bytes`, `totalBytes`,
 * `percent`, `bytesPerSecond` and `etaSeconds` (each of the last four `null` where it cannot be known).
 */
export function logProgress(log: EventLog, clock: Clock): TransferProgress {
  return {
    begin(database, totalBytes) {
      const rate = new TransferRate(clock.now());
      const ended = new AbortController();
      const emit = async () => {
        for (;;) {
          await clock.sleep(EVENT_INTERVAL_MS, ended.signal);
          emitProgress(log, database, totalBytes, rate, clock.now());
        }
      };
      emit().catch((error: unknown) => {
        // The sleep ends this way and no other; anything else is a defect that must be seen.
        if (!ended.signal.aborted) log.error('archive.progress_failed', { database, error });
      });
      return {
        found: (bytes) => rate.restart(clock.now(), bytes),
        report: (bytes) => rate.report(clock.now(), bytes),
        end: () => ended.abort(),
      };
    },
  };
}

function emitProgress(
  log: EventLog,
  database: string,
  totalBytes: number | null,
  rate: TransferRate,
  now: number,
): void {
  const { bytes } = rate;
  const percent = percentOf(bytes, totalBytes);
  const bytesPerSecond = rate.bytesPerSecond(now);
  const etaSeconds = rate.etaSeconds(now, totalBytes);
  const share = totalBytes === null ? formatByteSize(bytes) : `${percent}% of ${formatByteSize(totalBytes)}`;
  const left = etaSeconds === null ? '' : `, ${formatDuration(etaSeconds * 1000)} left`;
  log.info(
    'archive.progress',
    { database, bytes, totalBytes, percent, bytesPerSecond, etaSeconds },
    `${share} done, ${formatByteSize(bytesPerSecond)}/s${left}`,
  );
}

/** Progress for a person: a bar for each database below the log. */
export function barProgress(screen: TerminalScreen, clock: Clock): TransferProgress {
  return {
    begin(database, totalBytes) {
      const rate = new TransferRate(clock.now());
      const remove = screen.addBar(() => {
        const now = clock.now();
        return {
          name: database,
          bytes: rate.bytes,
          totalBytes,
          bytesPerSecond: rate.bytesPerSecond(now),
          etaSeconds: rate.etaSeconds(now, totalBytes),
        };
      });
      return {
        found: (bytes) => rate.restart(clock.now(), bytes),
        report: (bytes) => rate.report(clock.now(), bytes),
        end: remove,
      };
    },
  };
}
