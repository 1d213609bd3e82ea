/** A length of time in the calendar's own units, each a whole number from 0. */
export interface CalendarDuration {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: number;
}

const UNITS = { y: 'years', mo: 'months', d: 'days', h: 'hours' } as const;
const WHOLE = /^(?:\d+(?:y|mo|d|h))+$/;
const PART = /(\d+)(y|mo|d|h)/g;

/**
 * Reads `90d`, `18mo`, `2y`, `1y6mo3d12h`: each unit once, in any order; also `0`. It is restic's format with `mo`
 * for months, because `m` means minutes in every other duration of this program.
 * @returns `undefined` where the text is no such duration: `90`, `6m`, `2w`, `1.5y`, `1y1y`, `-1d`
 */
export function parseCalendarDuration(text: string): CalendarDuration | undefined {
  const trimmed = text.trim();
  if (trimmed === '0') return { years: 0, months: 0, days: 0, hours: 0 };
  if (!WHOLE.test(trimmed)) return undefined;
  const found = new Map<string, number>();
  for (const [, digits, unit] of trimmed.matchAll(PART)) {
    const field = UNITS[unit as keyof typeof UNITS];
    const count = Number(digits);
    if (found.has(field) || !Number.isSafeInteger(count)) return undefined;
    found.set(field, count);
  }
  return {
    years: found.get('years') ?? 0,
    months: found.get('months') ?? 0,
    days: found.get('days') ?? 0,
    hours: found.get('hours') ?? 0,
  };
}

export function isZeroDuration({ years, months, days, hours }: CalendarDuration): boolean {
  return years === 0 && months === 0 && days === 0 && hours === 0;
}
