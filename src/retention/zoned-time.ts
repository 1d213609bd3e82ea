import { ArchiverError } from '../model/errors.ts';
import type { CalendarDuration } from './calendar-duration.ts';

/** The furthest instant that a Date can hold (ECMA-262 §21.4.1.1), less two days for the zone's offset. */
const FURTHEST = 8.64e15 - 2 * 86_400_000;
const OFFSET = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/**
 * A time zone's wall clock. A wall time is a number too: the milliseconds of the instant at which UTC
 * shows the same date and time, so that `new Date(wall).getUTCHours()` is the hour on the wall.
 */
export interface ZonedTime {
  wallTime(instant: number): number;
  /**
   * The instant at which the wall shows that time. One that a clock change skips or doubles is read as
   * Go's `time.Date` reads it, which is what restic calculates with: the offset is the one in force at the
   * instant that the wall time less its naive offset gives.
   */
  instant(wallTime: number): number;
}

const zones = new Map<string, ZonedTime>();

/**
 * The zone of an IANA name. One formatter is kept per zone: making one costs far more than using it.
 * @throws ArchiverError `retention.invalid` where this Node knows no such zone
 */
export function zonedTime(name: string): ZonedTime {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const offset = offsetReader(name);
  const zone: ZonedTime = {
    wallTime: (instant) => instant + offset(instant),
    instant: (wallTime) => wallTime - offset(wallTime - offset(wallTime)),
  };
  zones.set(name, zone);
  return zone;
}

/**
 * The instant that lies `duration` before `instant` in the zone's calendar, by the rule of Go's `AddDate`
 * (https://pkg.go.dev/time#Time.AddDate), as in restic: years, months and days are taken off the date and
 * the time of day stays; a day that the month lacks runs over into the next one, so that a month before
 * 31 March is 3 March, or 2 March in a leap year; hours are then taken off as elapsed time. Hours alone
 * leave the date untouched, also in an hour that occurs twice, where Go would take the other of the two.
 * @returns milliseconds; `-Infinity` before all time that a Date can hold
 */
export function subtractDuration(instant: number, duration: CalendarDuration, zone: ZonedTime): number {
  const elapsed = duration.hours * 3_600_000;
  if (duration.years === 0 && duration.months === 0 && duration.days === 0) return instant - elapsed;
  const wall = new Date(zone.wallTime(instant));
  wall.setUTCFullYear(
    wall.getUTCFullYear() - duration.years,
    wall.getUTCMonth() - duration.months,
    wall.getUTCDate() - duration.days,
  );
  const moved = wall.getTime();
  // NaN, where the date is out of range, fails this comparison as well.
  if (!(Math.abs(moved) <= FURTHEST)) return Number.NEGATIVE_INFINITY;
  return zone.instant(moved) - elapsed;
}

/** What the zone's clocks are ahead of UTC at an instant, in milliseconds. */
function offsetReader(name: string): (instant: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    // `longOffset` is the cheapest form that holds the offset to the second, and knows no eras.
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch (cause) {
    throw new ArchiverError('retention.invalid', `"${name}" is no time zone that this program knows`, {
      hint: 'Nothing was removed. Write an IANA name such as Europe/Paris in "retention.timezone".',
      cause,
    });
  }
  return (instant) => {
    const match = OFFSET.exec(format.format(instant));
    if (match === null) throw new ArchiverError('internal.error', `the offset of ${name} cannot be read`);
    const [, sign, hours = 0, minutes = 0, seconds = 0] = match;
    const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
    return sign === '-' ? -ms : ms;
  };
}
