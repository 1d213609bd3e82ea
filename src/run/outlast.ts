import { isOutage } from '../model/errors.ts';
import { formatDuration } from '../text/duration.ts';
import type { DatabaseJob } from './database-job.ts';

/** How long an outage of the source or of the store is waited for, in milliseconds. */
const OUTAGE_BOUND = 300_000;
/** Between two tries: the first wait at most, and any. Milliseconds. */
const WAITS = { first: 2_000, longest: 30_000 } as const;

/**
 * What the databases of a process know of an outage together. With each waiting for the whole of the bound, a fleet
 * would wait for hours for what lasts.
 */
export class Outage {
  #since: number | undefined;
  #last = 0;

  /** One more has failed by it. @returns for how long it lasts, in milliseconds */
  failed(now: number): number {
    const isKnown = this.#since !== undefined && now >= this.#last && now - this.#last <= OUTAGE_BOUND;
    this.#since = isKnown ? this.#since : now;
    this.#last = now;
    return now - (this.#since ?? now);
  }

  over(): void {
    this.#since = undefined;
  }
}

/**
 * Begins `work` anew for as long as it fails by an outage, of either side, before anything was made. A run that is
 * begun again goes on from what there is; but what failed in mid-copy has had its own tries.
 * @param work calls `made` once there is something that it has made
 * @throws what `work` throws, when no new try may do better or the outage has lasted too long; the signal's reason
 */
export async function outlast<Result>(
  { name, clock, random, log }: Pick<DatabaseJob, 'name' | 'clock' | 'random' | 'log'>,
  outage: Outage,
  signal: AbortSignal,
  work: (made: () => void) => Promise<Result>,
): Promise<Result> {
  let waitedMs = 0;
  for (let attempt = 1; ; attempt++) {
    let hasMade = false;
    try {
      return await work(() => {
        hasMade = true;
        outage.over();
      });
    } catch (error) {
      if (signal.aborted || hasMade || !isOutage(error)) throw error;
      const longest = Math.min(WAITS.first * 2 ** (attempt - 1), WAITS.longest);
      const delayMs = Math.round((longest / 2) * (1 + random()));
      // By what was waited too: a clock that is set back would make it longer.
      const lasts = Math.max(outage.failed(clock.now()), waitedMs);
      if (lasts + delayMs > OUTAGE_BOUND) throw error;
      log.warn(
        'run.retried',
        { error, attempt, delayMs, waitedMs },
        `${name}: nothing was made yet: beginning anew in ${formatDuration(delayMs)}`,
      );
      await clock.sleep(delayMs, signal);
      waitedMs += delayMs;
    }
  }
}
