import type { TransferProgress } from '../../ports/transfer-progress.ts';

/** Hears of transfers as they go. */
export interface TransferObserver {
  began(database: string): void;
  /** @param bytes further ones that are through */
  moved(database: string, bytes: number): void;
  ended(database: string): void;
}

/** Progress that is shown as before, and counted. Bytes that were there before (`startAt`) were moved by another. */
export function observeProgress(progress: TransferProgress, observer: TransferObserver): TransferProgress {
  return {
    begin(database, totalBytes, startAt = 0) {
      const meter = progress.begin(database, totalBytes, startAt);
      let through = startAt;
      let isOver = false;
      observer.began(database);
      return {
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
