import { Cron } from 'croner';
import { type ZonedTime, zonedTime } from '../retention/zoned-time.ts';

/** The hour field of a pattern that fires in every hour. */
const EVERY_HOUR = /^(?:\*|\?|\*\/1|0-23)$/;
/** No zone is further from UTC than this, and no clock change is larger, in milliseconds. */
const DAY = 86_400_000;

/**
 * The times of a cron pattern in a time zone, as milliseconds since the epoch. Only croner's calendar is
 * used: its own timers know neither our clock nor our drain.
 *
 * Where the clocks change, each time of day still fires once: one that is skipped fires at the instant of
 * the change, together with the others that it skipped; one that occurs twice fires the first time. Croner
 * does so for a single time only: `0,30 2 * * *` it skips on the day that has no 02:30, and fires twice in
 * autumn. So the pattern is read on a wall clock that never changes, and each time is brought to the zone.
 *
 * A pattern of every hour (`0 * * * *`) is a beat, not a time of day: it fires in each hour that passes,
 * the doubled one too, and has nothing to make up for in spring.
 */
export class Slots {
  readonly #cron: Cron;
  /** `undefined` for a beat. */
  readonly #zone: ZonedTime | undefined;

  /** @param pattern validated by the configuration */
  constructor(pattern: string, timezone: string) {
    this.#zone = isBeat(pattern) ? undefined : zonedTime(timezone);
    this.#cron = new Cron(pattern, {
      timezone: this.#zone === undefined ? timezone : 'UTC',
      mode: '5-or-6-parts',
      paused: true,
    });
  }

  /** The first slot after `time`; `undefined` where the pattern never fires again. */
  next(time: number): number | undefined {
    const zone = this.#zone;
    if (zone === undefined) return this.#after(time);
    const wallTime = this.#nextWallTime(zone, time);
    return wallTime === undefined ? undefined : firstInstant(zone, wallTime);
  }

  /** The last slot at or before `time`. */
  latest(time: number): number | undefined {
    const zone = this.#zone;
    // Slots are whole seconds, and croner looks strictly before its reference.
    if (zone === undefined) return this.#before(Math.floor(time / 1000) * 1000 + 1000);
    const following = this.#nextWallTime(zone, time);
    const wallTime = this.#before(following ?? zone.wallTime(time) + 2 * DAY);
    return wallTime === undefined ? undefined : firstInstant(zone, wallTime);
  }

  /** The pattern's first wall time whose instant is after `time`. */
  #nextWallTime(zone: ZonedTime, time: number): number | undefined {
    // In the second pass of a doubled hour the wall times of the rest of it have been already.
    for (let wallTime = this.#after(zone.wallTime(time)); wallTime !== undefined; ) {
      if (firstInstant(zone, wallTime) > time) return wallTime;
      wallTime = this.#after(wallTime);
    }
    return undefined;
  }

  #after(time: number): number | undefined {
    return this.#cron.nextRun(new Date(time))?.getTime();
  }

  #before(time: number): number | undefined {
    return this.#cron.previousRuns(1, new Date(time))[0]?.getTime();
  }
}

function isBeat(pattern: string): boolean {
  const fields = pattern.trim().split(/\s+/);
  const hour = fields.length === 6 ? fields[2] : fields[1];
  return hour === undefined ? /^@hourly$/i.test(pattern.trim()) : EVERY_HOUR.test(hour);
}

/**
 * The first instant at which the zone's clock shows that wall time or has passed it: the instant of the
 * change for a time that it skips.
 */
function firstInstant(zone: ZonedTime, wallTime: number): number {
  const offsets = [wallTime - DAY, wallTime + DAY].map((instant) => zone.wallTime(instant) - instant);
  const [first = Number.NaN, last = Number.NaN] = offsets
    .map((offset) => wallTime - offset)
    .sort((a, b) => a - b);
  for (const instant of [first, last]) if (zone.wallTime(instant) === wallTime) return instant;
  // Skipped: between the two lies the change.
  let [before, after] = [first, last];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (zone.wallTime(middle) < wallTime) before = middle;
    else after = middle;
  }
  return after;
}
