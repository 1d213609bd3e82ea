const MINUTE = 60_000;

/**
 * The slots of a pattern by brute force, without croner: every minute is asked what the zone's wall shows. A
 * time of day counts when the wall shows it, or has jumped over it, for the first time; in a pattern of
 * every hour each minute that matches counts.
 * @param pattern minute, hour, day and month, of numbers, lists, ranges and steps; the weekday is not read
 */
export function slotsByTheMinute(pattern: string, zone: string, begin: number, end: number): number[] {
  const wallTime = wallClock(zone);
  const [minute = '', hour = '', day = '', month = ''] = pattern.split(' ');
  const matches = (wall: number) => {
    const date = new Date(wall);
    return (
      includes(minute, date.getUTCMinutes(), 0) &&
      includes(hour, date.getUTCHours(), 0) &&
      includes(day, date.getUTCDate(), 1) &&
      includes(month, date.getUTCMonth() + 1, 1)
    );
  };
  const isBeat = hour === '*' || hour === '0-23';
  const slots: number[] = [];
  let furthest = Number.NEGATIVE_INFINITY;
  for (let time = begin - 30 * 60 * MINUTE; time <= end; time += MINUTE) {
    const wall = wallTime(time);
    const from = isBeat ? wall : Math.max(furthest + MINUTE, wall - 48 * 60 * MINUTE);
    furthest = Math.max(furthest, wall);
    if (time < begin) continue;
    for (let passed = from; passed <= wall; passed += MINUTE) {
      if (!matches(passed)) continue;
      slots.push(time);
      break;
    }
  }
  return slots;
}

function includes(field: string, value: number, lowest: number): boolean {
  return field.split(',').some((item) => {
    const [range = '', step = '1'] = item.split('/');
    const [first = '', last = first] = range === '*' ? [String(lowest), '99'] : range.split('-');
    return value >= Number(first) && value <= Number(last) && (value - Number(first)) % Number(step) === 0;
  });
}

/** Milliseconds at which UTC shows what the zone's wall shows. */
function wallClock(zone: string): (time: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (time) => {
    const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const of = (type: string) => parts.get(type as Intl.DateTimeFormatPartTypes) ?? Number.NaN;
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'));
  };
}
