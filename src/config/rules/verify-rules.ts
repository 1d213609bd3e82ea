import { Cron } from 'croner';
import { isCold } from '../../model/storage-class.ts';
import { formatDuration } from '../../text/duration.ts';
import type { ConfigInput } from './input.ts';

/** Settings of the reading back that contradict each other. */
export function checkVerify({ general }: ConfigInput): void {
  const [cron, within, maxAge] = ['verify.cron', 'verify.within', 'verify.maxAge'] as const;
  const pattern = general.text(cron);
  const span = general.number(within);
  const oldest = general.number(maxAge);
  if (pattern === undefined || span === undefined) return;
  if (isCold(general.text('s3.storageClass'))) {
    general.reject(
      cron,
      `reads archives back, and ${general.where('s3.storageClass')} puts them where they cannot be read: give one of the two`,
    );
  }
  const gap = gapLongerThan(span, pattern);
  if (gap !== undefined) {
    general.reject(
      within,
      `${formatDuration(span)} is shorter than the ${formatDuration(gap)} that lie between two slots of ${general.where(cron)}: no archive could be read back in time`,
    );
  }
  if (oldest !== undefined && oldest < span) {
    general.reject(
      maxAge,
      `${formatDuration(oldest)} is shorter than ${general.where(within)}, ${formatDuration(span)}: archives would be called unverified before their turn`,
    );
  }
}

/** A leap year and one that is none. */
const [FROM, UNTIL] = [Date.UTC(2000), Date.UTC(2002)];

/**
 * A wait between two slots that is longer than `span`, in milliseconds. It looks at the last slot within each span only:
 * what lies between two slots of one span is no longer than that.
 */
function gapLongerThan(span: number, pattern: string): number | undefined {
  const cron = new Cron(pattern, { paused: true, timezone: 'UTC', mode: '5-or-6-parts' });
  for (let slot = FROM; slot < UNTIL; ) {
    const next = cron.nextRun(new Date(slot))?.getTime() ?? Number.POSITIVE_INFINITY;
    if (next - slot > span) return next - slot;
    // croner looks strictly before its reference.
    slot = cron.previousRuns(1, new Date(slot + span + 1000))[0]?.getTime() ?? next;
  }
  return undefined;
}
