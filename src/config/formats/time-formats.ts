import { Cron, CronPattern } from 'croner';
import { parseDuration } from '../../text/duration.ts';
import { nearest } from '../rules/nearest.ts';
import { asText, describeRefusal, type Format, type Limits, patterned, refused } from './reading.ts';
import { exactDuration } from './units.ts';

/** Milliseconds. */
export const duration: Format<number> = {
  allowed: ({ min, max }) =>
    `a duration with its unit (ms, s, m, h, d) from ${min} to ${max}, such as 90s or 12h`,
  read(raw, limits) {
    const ms = parseDuration(String(raw));
    if (ms === undefined) {
      const bare = /^\d+(\.\d+)?$/.test(String(raw).trim());
      return bare
        ? refused('has no unit', `write ${raw}s for seconds`)
        : refused(describeRefusal(String(raw)));
    }
    if (ms < bound(limits.min)) return refused(`is less than ${limits.min}`);
    if (ms > bound(limits.max)) return refused(`is more than ${limits.max}`);
    return { value: ms };
  },
  write: exactDuration,
};

function bound(text: Limits['min']): number {
  return parseDuration(String(text)) ?? Number.NaN;
}

/** Years, months, days and hours, the largest first: `1y6mo`. Their lengths are the calendar's. */
const CALENDAR_SPAN = /^(?=\d)(?:\d{1,4}y)?(?:\d{1,5}mo)?(?:\d{1,6}d)?(?:\d{1,7}h)?$/;

/** restic's `--keep-within`, with `mo` for months since `m` is a minute everywhere else here. */
export const calendarSpan: Format<string> = {
  allowed: () => 'years, months, days and hours in this order, such as 90d, 18mo, 2y or 1y6mo',
  read(raw) {
    const text = String(raw).trim();
    if (text === '0' || CALENDAR_SPAN.test(text)) return { value: text };
    if (/^\d+$/.test(text)) return refused('has no unit', `write ${text}d for days`);
    if (/\dm(?!o)/.test(text)) return refused('is not allowed', 'months are written mo');
    const weeks = /^(\d{1,5})w$/.exec(text);
    if (weeks !== null) return refused('is not allowed', `write ${Number(weeks[1]) * 7}d`);
    return refused(describeRefusal(text));
  },
  // `0` and `0d` are how a database takes the general rule back.
  effective: (text) => (/[1-9]/.test(text) ? text : undefined),
  none: '0d',
};

export const timezone: Format<string> = {
  allowed: () => 'an IANA time zone, such as UTC or Europe/Paris',
  read(raw) {
    const text = asText(raw);
    if ('why' in text) return text;
    if (isTimeZone(text.text)) return { value: text.text };
    const meant = nearest(text.text, Intl.supportedValuesOf('timeZone'));
    return refused('is not a time zone', meant === undefined ? undefined : `did you mean ${meant}?`);
  },
};

function isTimeZone(name: string): boolean {
  // `Intl` also takes `+02:00`, which has no summer time and is no IANA name.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const cronText = patterned('text', /^\s*\S[^\n\r]*$/);

/** Whether a pattern ever fires does not depend on the time of the question: croner looks thousands of years ahead. */
const ANY_TIME = new Date('2000-01-01T00:00:00Z');

export const cron: Format<string> = {
  allowed: () => 'a cron pattern of five fields, or six with seconds first, such as "0 3 * * *"',
  read(raw, limits) {
    const text = cronText.read(raw, limits);
    if ('why' in text) return text;
    const pattern = String(text.value);
    try {
      // By itself `Cron` would take a date for a job that runs once.
      new CronPattern(pattern, undefined, { mode: '5-or-6-parts' });
      const job = new Cron(pattern, { paused: true, timezone: 'UTC', mode: '5-or-6-parts' });
      return job.nextRun(ANY_TIME) === null ? refused('never fires') : { value: pattern };
    } catch (error) {
      return refused(cronComplaint(error, pattern));
    }
  },
};

/** croner's own reason where it names a field; it repeats the pattern, which the message has already. */
function cronComplaint(error: unknown, pattern: string): string {
  const fields = pattern.trim().split(/\s+/).length;
  if (fields !== 5 && fields !== 6) return `has ${fields === 1 ? 'one field' : `${fields} fields`}`;
  const field = /Invalid value for (\w+)/.exec(error instanceof Error ? error.message : '');
  return field === null ? 'is not a cron pattern' : `has an impossible ${field[1]}`;
}
