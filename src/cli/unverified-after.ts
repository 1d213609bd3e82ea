import type { Config } from '../config/schema/config.ts';

/**
 * After how long an archive that was not found whole is unverified, in milliseconds; `undefined`: never, as nothing reads
 * them back by a schedule. Without `verify.maxAge` one whole turn may be missed.
 */
export function unverifiedAfter({ maxAge, cron, within }: Config['verify']): number | undefined {
  return maxAge ?? (cron === undefined ? undefined : 2 * within);
}
