import { Slots } from './slots.ts';

/** Whose archives are judged by a schedule. */
export interface Scheduled {
  readonly cron: string;
  readonly timezone: string;
}

/**
 * The slot that should have had its archive by now.
 * @param archivedAt when the newest archive was made, in milliseconds; `undefined` where there is none
 * @param grace milliseconds that a run may take
 * @returns `undefined` where no slot is late
 */
export function lateSlot(
  { cron, timezone }: Scheduled,
  archivedAt: number | undefined,
  now: number,
  grace: number,
): number | undefined {
  const due = new Slots(cron, timezone).latest(now - grace);
  return due === undefined || (archivedAt !== undefined && archivedAt >= due) ? undefined : due;
}
