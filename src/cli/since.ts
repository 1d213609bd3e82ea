import { parseInstant } from '../text/instant.ts';

/** What the CronJob controller appends to the name of a Job: its scheduled time, in minutes since the epoch. */
const SCHEDULED_MINUTE = /-(\d{8})$/;

/**
 * Reads the time of `--since`: RFC 3339, or `job:NAME` with the name of a Kubernetes Job. The CronJob controller names
 * its Jobs `<cronjob>-<minutes since the epoch>` of the scheduled time (getJobName in
 * kubernetes/pkg/controller/cronjob), and a pod can learn the name of its Job, but not the annotations of it.
 * @returns `undefined` for a Job whose name tells no time, as of one that was created by hand
 */
export function parseSince(text: string): Date | undefined | 'invalid' {
  if (!text.startsWith('job:')) return parseInstant(text.trim()) ?? 'invalid';
  const minutes = SCHEDULED_MINUTE.exec(text)?.[1];
  return minutes === undefined ? undefined : new Date(Number(minutes) * 60_000);
}
