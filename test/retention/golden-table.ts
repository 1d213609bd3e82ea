import type { DatedBackup } from '../../src/retention/dated-backup.ts';
import type { RetentionPolicy } from '../../src/retention/retention-policy.ts';

/** One policy over one set of archives, and what must come of it. All times are UTC. */
export interface GoldenTable {
  readonly name: string;
  /** `2018-09-02 01:00[:30]`, and the backup's id where it is not the time itself. */
  readonly archives: readonly string[];
  /** What is not written is 0; `minKeep` is 1, the zone is UTC. */
  readonly policy: Partial<RetentionPolicy>;
  /** The present; long after all archives where it is not written. */
  readonly now?: string;
  /** As in `archives`, two spaces, then the reasons, newest first. Whatever is not listed goes. */
  readonly kept: readonly string[];
  /** Whether restic can be asked the same: no guard, future stamp or equal stamp has a part in it. */
  readonly restic?: true;
}

export const NO_RULES: RetentionPolicy = {
  keepLast: 0,
  keepDaily: 0,
  keepWeekly: 0,
  keepMonthly: 0,
  keepYearly: 0,
  keepWithin: undefined,
  minKeep: 1,
  timezone: 'UTC',
};

export function policyOf(table: GoldenTable): RetentionPolicy {
  return { ...NO_RULES, ...table.policy };
}

export function nowOf(table: GoldenTable): Date {
  return utc(table.now ?? '2026-06-01 00:00');
}

/** `2018-09-02 01:00` or `2018-09-02 01:00 some-id`. */
export function archiveOf(row: string): DatedBackup & { readonly row: string } {
  const [day = '', time = '', id] = row.split(' ');
  return { row, createdAt: utc(`${day} ${time}`), backupId: id ?? row };
}

/** A row of `kept` in its two halves. */
export function keptRow(line: string): { readonly row: string; readonly reasons: string[] } {
  const [row = '', reasons = ''] = line.split('  ');
  return { row, reasons: reasons.split(', ') };
}

function utc(text: string): Date {
  const time = new Date(`${text.replace(' ', 'T')}Z`);
  if (Number.isNaN(time.getTime())) throw new Error(`"${text}" is no time: a slip in a table`);
  return time;
}
