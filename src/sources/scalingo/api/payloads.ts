import { isLocalHost, whyNotFollowed } from '../../../http/followed-redirect.ts';
import { isBackupId } from '../../../model/archive-key.ts';
import { type Backup, byNewest } from '../../../model/backup.ts';
import type { DatabaseInfo, DatabaseUpkeep, WeeklyWindow } from '../../../ports/backup-source.ts';
import { PayloadReader, type PayloadSource } from './payload-reader.ts';
import { keptOnPlan, whyNotDownloadable } from './service-facts.ts';

/**
 * The payloads of the Database API (https://developers.scalingo.com/databases/backups), checked field by
 * field: what passes is what the rest of the program may rely on. All throw ScalingoError
 * `scalingo.invalid_payload`, naming the field and the request.
 */

/** `{"database_backups": […]}`: all of them or an error, newest first. */
export function parseBackupList(payload: unknown, source: PayloadSource): Backup[] {
  return new PayloadReader(payload, '', source).objects('database_backups').map(readBackup).sort(byNewest);
}

/** `{"database_backup": {…}}`. */
export function parseCreatedBackup(payload: unknown, source: PayloadSource): Backup {
  return readBackup(new PayloadReader(payload, '', source).object('database_backup'));
}

/** `{"database": {type_name, readable_version, plan, …}}`. */
export function parseDatabaseInfo(payload: unknown, source: PayloadSource): DatabaseInfo {
  const database = new PayloadReader(payload, '', source).object('database');
  const type = database.label('type_name');
  return {
    engine: type,
    engineVersion: database.labelOrNull('readable_version'),
    manualBackupsKept: keptOnPlan(database.labelOrNull('plan')),
    notDownloadable: whyNotDownloadable(type),
    upkeep: readUpkeep(database),
  };
}

/** Fields that not every service sends, and no backup depends on: one of another form is as one that is missing. */
function readUpkeep(database: PayloadReader): DatabaseUpkeep {
  return {
    status: database.labelOrNull('status'),
    operation: database.labelOrNull('current_operation_id'),
    ownBackups: database.flagOrNull('periodic_backups_enabled'),
    ownBackupHours: database.countsIn('periodic_backups_scheduled_at', 23),
    maintenance: readWindow(database.objectOrNull('maintenance_window')),
  };
}

/** `{weekday_utc, starting_hour_utc, duration_in_hour}`: weekday 0 is Sunday (go-scalingo, `MaintenanceWindow`). */
function readWindow(reader: PayloadReader | null): WeeklyWindow | null {
  const [weekday] = reader?.countsIn('weekday_utc', 6) ?? [];
  const [hour] = reader?.countsIn('starting_hour_utc', 23) ?? [];
  const [hours] = reader?.countsIn('duration_in_hour', 168) ?? [];
  return weekday === undefined || hour === undefined || !hours ? null : { weekday, hour, hours };
}

/**
 * `{"download_url": "https://…?token=…"}`: a credential.
 * @param api the URL of the API that gives it: a link may lead where a redirect of the API might, so not from https to
 *   http, nor to this machine
 */
export function parseArchiveLink(payload: unknown, source: PayloadSource, api: string): string {
  const reader = new PayloadReader(payload, '', source);
  const link = reader.text('download_url');
  const from = new URL(api);
  const to = URL.parse(link);
  if (whyNotFollowed(from, to) === undefined) return link;
  const scheme = from.protocol === 'https:' ? 'an https URL' : 'an http or https URL';
  const isHere = to !== null && isLocalHost(to) && !isLocalHost(from);
  throw reader.invalid('download_url', isHere ? `${scheme} of another machine` : scheme);
}

/** `{"token": "<JWT>"}`. */
export function parseExchangedToken(payload: unknown, source: PayloadSource): string {
  return readToken(new PayloadReader(payload, '', source));
}

/** `{"addon": {…, "token": "<bearer>"}}`. */
export function parseAddonToken(payload: unknown, source: PayloadSource): string {
  return readToken(new PayloadReader(payload, '', source).object('addon'));
}

function readToken(reader: PayloadReader): string {
  const token = reader.text('token');
  if (!isHeaderSafe(token)) throw reader.invalid('token', 'a token of printable characters');
  return token;
}

/** Whether a token can stand in an `Authorization` header. */
export function isHeaderSafe(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

function readBackup(reader: PayloadReader): Backup {
  const id = reader.text('id');
  if (!isBackupId(id)) throw reader.invalid('id', 'an id of letters, digits and dashes');
  const status = reader.label('status');
  const size = reader.optionalBytes('size');
  return {
    id,
    databaseId: reader.label('database_id'),
    createdAt: reader.time('created_at'),
    startedAt: reader.optionalTime('started_at'),
    name: reader.label('name'),
    // Until it is done the API says 0 or null, and any other number would be one that still changes.
    size: status === 'done' ? size : null,
    status,
    method: reader.optionalLabel('method'),
    ...typeOf(reader.labelOrNull('type')),
  };
}

/** The page's example of one backup has a type, its lists have none. */
function typeOf(type: string | null): Pick<Backup, 'type'> {
  return type === null ? {} : { type };
}
