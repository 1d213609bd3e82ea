import type { TransferProgress } from '../../ports/transfer-progress.ts';

/** Hears of transfers as they go. */
export interface TransferObserver {
  began(database: string): void;
  /** @param bytes further ones that are through */
  moved(database: string, bytes: number): void;
  ended(database: string): void;
}

/** Progress that is shown as before, and counted. Bytes that were found were moved by an earlier run. */
export function observeProgress(progress: TransferProgress, observer: TransferObserver): TransferProgress {
  return {
    begin(database, totalBytes) {
      const meter = progress.begin(database, totalBytes);
      let through = 0;
      let isOver = false;
      observer.began(database);
      return {
        found(bytes) {
          meter.found(bytes);
          through = bytes;
        },
        report(bytes) {
          meter.report(bytes);
          // A part that is sent again takes the count back: what it sends then has been counted.
          if (bytes <= through) return;
          observer.moved(database, bytes - through);
          through = bytes;
        },
        end() {
          meter.end();
          if (isOver) return;
          isOver = true;
          observer.ended(database);
        },
      };
    },
  };
}
