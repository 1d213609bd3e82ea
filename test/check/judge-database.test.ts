import { describe, expect, it } from 'vitest';
import { reporterOf } from '../../src/check/finding.ts';
import { judgeOwnBackups, judgeType, judgeWindow, type Mode } from '../../src/check/judge-database.ts';
import type { Backup } from '../../src/model/backup.ts';
import type { DatabaseInfo, DatabaseUpkeep } from '../../src/ports/backup-source.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Sunday. */
const SUNDAY = Date.UTC(2026, 2, 1);
const report = reporterOf('database', 'database shop');

const UPKEEP: DatabaseUpkeep = {
  status: 'running',
  operation: null,
  ownBackups: true,
  ownBackupHours: [3],
  maintenance: null,
};
const INFO: DatabaseInfo = {
  engine: 'postgresql',
  engineVersion: '16.4',
  manualBackupsKept: 10,
  notDownloadable: null,
  upkeep: UPKEEP,
};

describe('the type', () => {
  const judged = (info: Partial<DatabaseInfo>) =>
    judgeType(report, { ...INFO, ...info }, 'db-1').map(({ level, says }) => `${level}: ${says}`);

  it('is named, or said not to be known', () => {
    expect(judged({})).toEqual(['ok: db-1 is postgresql 16.4']);
    expect(judged({ engine: null, engineVersion: null, upkeep: null })).toEqual([
      'ok: db-1 is of unknown type',
    ]);
  });

  it('that cannot be downloaded is a fault', () => {
    expect(judged({ engine: 'elasticsearch', notDownloadable: 'No downloads.' })).toEqual([
      'fail: db-1 is elasticsearch 16.4: No downloads',
    ]);
  });

  it('comes with what happens to the database', () => {
    expect(judged({ upkeep: { ...UPKEEP, status: 'stopped', operation: 'op-7' } }).slice(1)).toEqual([
      'warn: it is stopped',
      'warn: an operation works on it (op-7)',
    ]);
  });
});

describe('periodic backups', () => {
  const backup = (age: number, status = 'done'): Backup => ({
    id: 'b1',
    databaseId: 'd1',
    createdAt: new Date(SUNDAY - age),
    startedAt: null,
    name: 'b1',
    size: 1,
    status,
    method: 'periodic',
  });
  const judged = (mode: Mode, ownBackups: boolean | null, backups: readonly Backup[]) =>
    judgeOwnBackups(report, {
      mode,
      upkeep: { ...UPKEEP, ownBackups },
      backups,
      now: SUNDAY,
      serviceName: 'The source',
    }).map(({ level, says }) => `${level}: ${says}`);

  it.each([true, false, null])('are of no account in mode create (%s)', (own) => {
    expect(judged('create', own, [])).toEqual([expect.stringMatching('^ok: backup.mode is create')]);
  });

  it.each(['latest', 'mirror'] as const)('that are off leave mode %s with nothing', (mode) => {
    expect(judged(mode, false, [backup(HOUR)])).toEqual([
      `fail: backup.mode is ${mode}; periodic backups are off: there will be nothing to archive`,
    ]);
    expect(judged(mode, true, [backup(HOUR)])).toEqual([
      `ok: backup.mode is ${mode}; periodic backups are on at 03:00 UTC`,
    ]);
    expect(judged(mode, null, [backup(HOUR)])).toEqual([expect.stringMatching('^ok.*not known')]);
  });

  it('that do not come are a warning', () => {
    expect(judged('latest', true, [backup(3 * DAY)])).toEqual([
      expect.stringMatching('^warn.* is 3d 0h old$'),
    ]);
    expect(judged('mirror', true, [backup(HOUR, 'running')])).toEqual([
      expect.stringMatching('^warn.* there is no finished backup yet$'),
    ]);
  });
});

describe('the maintenance window', () => {
  const judged = (slots: readonly number[], weekday: number, hour: number, hours: number) =>
    judgeWindow(report, '0 3 * * * UTC', slots, { weekday, hour, hours })[0]?.level;
  const nightly = Array.from({ length: 7 }, (_, day) => SUNDAY + day * DAY + 3 * HOUR);

  it('is clear of the schedule, or not', () => {
    expect(judged(nightly, 0, 4, 8)).toBe('ok');
    expect(judged(nightly, 0, 2, 1)).toBe('ok');
    expect(judged(nightly, 0, 3, 1)).toBe('warn');
    expect(judged(nightly, 3, 1, 8)).toBe('warn');
  });

  it('goes on beyond midnight, and beyond the week', () => {
    expect(judged(nightly, 2, 22, 6)).toBe('warn');
    expect(judged(nightly, 6, 22, 6)).toBe('warn');
    expect(judged(nightly, 6, 22, 5)).toBe('ok');
  });

  it('is no matter where another slot comes soon', () => {
    const twice = nightly.flatMap((slot) => [slot, slot + 12 * HOUR]);
    expect(judged(twice, 0, 2, 8)).toBe('ok');
    expect(judged(twice, 0, 2, 24)).toBe('warn');
  });

  it('is not called clear of slots that lie in it', () => {
    const hourly = Array.from({ length: 7 * 24 }, (_, hour) => SUNDAY + hour * HOUR);
    const [line] = judgeWindow(report, '0 * * * * UTC', hourly, { weekday: 1, hour: 1, hours: 8 });
    expect(line).toMatchObject({
      level: 'ok',
      says: 'schedule 0 * * * * UTC: the next slot is 2026-03-01T00:00Z; 8 slots of the coming week lie in the maintenance window (Monday 01:00 UTC, 8 h), each at most 12 h from one outside',
    });
  });

  it('names the slot that it meets', () => {
    const [line] = judgeWindow(report, '0 3 * * * UTC', nightly, { weekday: 1, hour: 1, hours: 8 });
    expect(line?.says).toBe(
      'schedule 0 3 * * * UTC: the next slot is 2026-03-01T03:00Z; 2026-03-02T03:00Z lies in the maintenance window (Monday 01:00 UTC, 8 h)',
    );
  });

  it('may be unknown, and a schedule without slots', () => {
    expect(judgeWindow(report, '0 3 * * * UTC', [], null)).toMatchObject([
      { level: 'ok', says: 'schedule 0 3 * * * UTC: no slot in the coming week' },
    ]);
  });
});
