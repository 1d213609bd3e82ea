import type { Backup } from '../model/backup.ts';
import { phaseOf } from '../model/backup.ts';
import type { DatabaseInfo, DatabaseUpkeep, WeeklyWindow } from '../ports/backup-source.ts';
import { formatDuration } from '../text/duration.ts';
import type { Finding, Reporter } from './finding.ts';

/** As `backup.mode`. */
export type Mode = 'create' | 'latest' | 'mirror';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Backups that the source makes by itself come once a day: two that are missing are no delay. */
const STALE = 2 * DAY;

/** What the database is, and whether its backups can be had. @param id at the source */
export function judgeType(
  report: Reporter,
  { engine, engineVersion, notDownloadable, upkeep }: DatabaseInfo,
  id: string,
): Finding[] {
  const kind = [engine ?? 'of unknown type', engineVersion].filter(Boolean).join(' ');
  if (notDownloadable !== null) {
    const remedy = 'Remove this database from the configuration: no run can archive it.';
    return [report.fail('type', `${id} is ${kind}: ${notDownloadable.replace(/\.$/, '')}`, remedy)];
  }
  return [report.ok('type', `${id} is ${kind}`), ...judgeState(report, upkeep)];
}

function judgeState(report: Reporter, upkeep: DatabaseUpkeep | null): Finding[] {
  const { status = null, operation = null } = upkeep ?? {};
  const found: Finding[] = [];
  if (status !== null && status !== 'running') {
    const remedy = 'A database that is not running gets no backup: look at it in the dashboard.';
    found.push(report.warn('status', `it is ${status}`, remedy));
  }
  if (operation !== null) {
    const remedy = 'Backups wait for it, or are refused meanwhile: nothing is to be done if it ends soon.';
    found.push(report.warn('operation', `an operation works on it (${operation})`, remedy));
  }
  return found;
}

export interface OwnBackups {
  readonly mode: Mode;
  readonly upkeep: DatabaseUpkeep | null;
  /** Newest first. */
  readonly backups: readonly Backup[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly serviceName: string;
}

/** Whether a mode finds the backups that it takes. */
export function judgeOwnBackups(
  report: Reporter,
  { mode, upkeep, backups, now, serviceName }: OwnBackups,
): Finding[] {
  const own = upkeep?.ownBackups ?? null;
  const hours = (upkeep?.ownBackupHours ?? []).map((hour) => `${String(hour).padStart(2, '0')}:00`);
  const at = hours.length === 0 ? '' : ` at ${hours.join(', ')} UTC`;
  const state = own === null ? 'not known' : own ? `on${at}` : 'off';
  const says = `backup.mode is ${mode}; periodic backups are ${state}`;
  if (mode === 'create') return [report.ok('periodic', says)];
  if (own === false) {
    const remedy = `Turn periodic backups on at ${serviceName} (the dashboard of the database), or use backup.mode create.`;
    return [report.fail('periodic', `${says}: there will be nothing to archive`, remedy)];
  }
  const newest = backups.find((backup) => phaseOf(backup) === 'done');
  const age = newest === undefined ? undefined : now - newest.createdAt.getTime();
  if (age !== undefined && age <= STALE) return [report.ok('periodic', says)];
  const lack =
    age === undefined
      ? 'there is no finished backup yet'
      : `the newest finished one is ${formatDuration(age)} old`;
  const remedy =
    'Until there is a new one, runs in this mode find nothing to archive: look at the backups in the dashboard.';
  return [report.warn('periodic', `${says}, and ${lack}`, remedy)];
}

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/**
 * Whether the source may work on the database when a run is due.
 * @param slots of the week to come, in milliseconds since the epoch
 */
export function judgeWindow(
  report: Reporter,
  schedule: string,
  slots: readonly number[],
  window: WeeklyWindow | null,
): Finding[] {
  const [next] = slots;
  const due = next === undefined ? 'no slot in the coming week' : `the next slot is ${isoOf(next)}`;
  const says = `schedule ${schedule}: ${due}`;
  if (window === null) return [report.ok('schedule', says)];
  const inside = slots.filter((slot) => isWithin(slot, window));
  // A slot soon before or after makes up for the one that is lost.
  const lost = inside.filter(
    (slot) => !slots.some((other) => Math.abs(other - slot) <= DAY / 2 && !isWithin(other, window)),
  );
  const hours = `${WEEKDAYS[window.weekday]} ${String(window.hour).padStart(2, '0')}:00 UTC, ${window.hours} h`;
  if (inside.length === 0)
    return [report.ok('schedule', `${says}; the maintenance window (${hours}) is clear of it`)];
  if (lost.length === 0) {
    const which =
      inside.length === 1
        ? '1 slot of the coming week lies'
        : `${inside.length} slots of the coming week lie`;
    const spare = `${which} in the maintenance window (${hours}), each at most 12 h from one outside`;
    return [report.ok('schedule', `${says}; ${spare}`)];
  }
  const remedy = 'Move schedule.cron or the window: in a maintenance a backup comes late, or not at all.';
  return [
    report.warn(
      'schedule',
      `${says}; ${isoOf(lost[0] ?? 0)} lies in the maintenance window (${hours})`,
      remedy,
    ),
  ];
}

function isWithin(time: number, { weekday, hour, hours }: WeeklyWindow): boolean {
  const date = new Date(time);
  const sinceSunday = date.getUTCDay() * DAY + (time % DAY);
  const begin = weekday * DAY + hour * HOUR;
  const into = (sinceSunday - begin + 7 * DAY) % (7 * DAY);
  return into < hours * HOUR;
}

function isoOf(time: number): string {
  return new Date(time).toISOString().replace(':00.000Z', 'Z');
}
