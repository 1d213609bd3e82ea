/** The periods of the calendar of which a policy keeps the last archive. */
export type PeriodUnit = 'daily' | 'weekly' | 'monthly' | 'yearly';

const DAY_MS = 86_400_000;

/**
 * The period as a person reads it: `2018-09-02`, `2018-W35`, `2018-09`, `2018`.
 * @param wallTime see `ZonedTime`; of the years 0 to 9999
 */
export function periodLabel(unit: PeriodUnit, wallTime: number): string {
  switch (unit) {
    case 'daily':
      return new Date(wallTime).toISOString().slice(0, 10);
    case 'weekly':
      return isoWeek(wallTime);
    case 'monthly':
      return new Date(wallTime).toISOString().slice(0, 7);
    case 'yearly':
      return new Date(wallTime).toISOString().slice(0, 4);
  }
}

/** ISO 8601: a week belongs to the year in which its Thursday lies, and is numbered by its Thursdays. */
function isoWeek(wallTime: number): string {
  // Day 0, 1 January 1970, was a Thursday: its week began on day -3.
  const weeks = Math.floor((Math.floor(wallTime / DAY_MS) + 3) / 7);
  const thursday = new Date(weeks * 7 * DAY_MS);
  const newYear = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.floor((thursday.getTime() - newYear) / DAY_MS / 7) + 1;
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`;
}
