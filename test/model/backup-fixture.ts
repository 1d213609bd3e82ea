import type { Backup } from '../../src/model/backup.ts';

export const NOW = Date.parse('2026-03-01T03:00:00Z');
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** A backup as the API would list it; `age` in milliseconds before `NOW`, below 0 for a stamp ahead of it. */
export function backup(id: string, { age = 0, status = 'done' } = {}): Backup {
  return {
    id,
    databaseId: '597601234ffb097af4f3099b',
    createdAt: new Date(NOW - age),
    startedAt: null,
    name: `20260301030000_${id}`,
    size: status === 'done' ? 1000 : null,
    status,
    method: 'manual',
  };
}
