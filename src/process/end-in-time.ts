import { writeSync } from 'node:fs';

/** For sockets to close and timers to run out, in milliseconds. */
const GRACE = 5_000;

/**
 * Ends a process whose work is done even when something has been left open, and says what: a defect, but no
 * reason for a CronJob never to end. Waits for nothing where nothing is left.
 */
export function endInTime(): void {
  setTimeout(() => {
    const open = [...new Set(process.getActiveResourcesInfo())].join(', ');
    try {
      writeSync(2, `backup-archiver: still open when all was done: ${open}. Exiting without it\n`);
    } catch {
      // Nothing reads it: that is no reason to stay either.
    }
    process.exit();
  }, GRACE).unref();
}
