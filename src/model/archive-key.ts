import { ArchiverError } from './errors.ts';

/**
 * Where things lie in the bucket. The layout is a contract with users:
 *
 *     <prefix><database>/<createdAt>_<backupId>.tar.gz
 *     <prefix><database>/<createdAt>_<backupId>.manifest.json
 *     <prefix><database>/<createdAt>_<backupId>.verified.json
 *     <prefix>.locks/<database>.json
 *     <prefix>.locks/<database>/retention.json
 *
 * `createdAt` is the backup's own, in UTC to the second, as `2018-09-02T01-00-00Z`, so that keys sort by
 * time. What does not parse as one of these belongs to another program and is never touched.
 */

const ARCHIVE_SUFFIX = '.tar.gz';
const MANIFEST_SUFFIX = '.manifest.json';
const VERIFIED_SUFFIX = '.verified.json';
const SUFFIXES = {
  archive: ARCHIVE_SUFFIX,
  manifest: MANIFEST_SUFFIX,
  verification: VERIFIED_SUFFIX,
} as const;

/** A database's name, as it stands in keys. */
export const DATABASE_NAME = /^[a-z0-9][a-z0-9._-]*$/;
const BACKUP_ID = /^[A-Za-z0-9-]{1,256}$/;
const STAMP = /^(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})Z$/;

/** What makes an archive's key, besides the prefix. */
export interface ArchiveIdentity {
  readonly database: string;
  readonly createdAt: Date;
  readonly backupId: string;
}

export interface ParsedKey extends ArchiveIdentity {
  readonly kind: keyof typeof SUFFIXES;
}

/** Orders archives by the time of their backup, the newest first. */
export function newestFirst(
  a: Pick<ArchiveIdentity, 'createdAt'> & { readonly key: string },
  b: Pick<ArchiveIdentity, 'createdAt'> & { readonly key: string },
): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a.key < b.key ? 1 : -1);
}

/** A prefix as it is used: empty, or ending in `/` and not beginning with one. */
export function normalizePrefix(prefix: string): string {
  const bare = prefix.replace(/^\/+|\/+$/g, '');
  return bare === '' ? '' : `${bare}/`;
}

/** `2018-09-02T01-00-00Z`: UTC, whole seconds (the fraction is dropped, not rounded). */
export function formatStamp(time: Date): string {
  return `${time.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
}

/** The reverse of `formatStamp`; `undefined` for anything it would not have written. */
export function parseStamp(text: string): Date | undefined {
  const match = STAMP.exec(text);
  if (match === null) return undefined;
  const time = new Date(`${match[1]}T${match[2]}:${match[3]}:${match[4]}Z`);
  // A thirteenth month is an Invalid Date; 31 February rolls over and is found by not reading back.
  return Number.isNaN(time.getTime()) || formatStamp(time) !== text ? undefined : time;
}

/** The folder of one database, ending in `/`. */
export function databaseFolder(prefix: string, database: string): string {
  return `${prefix}${database}/`;
}

export function archiveKey(prefix: string, id: ArchiveIdentity): string {
  return stem(prefix, id) + ARCHIVE_SUFFIX;
}

export function manifestKey(prefix: string, id: ArchiveIdentity): string {
  return stem(prefix, id) + MANIFEST_SUFFIX;
}

/** What was found when the archive was read back. */
export function verificationKey(prefix: string, id: ArchiveIdentity): string {
  return stem(prefix, id) + VERIFIED_SUFFIX;
}

export function lockKey(prefix: string, database: string): string {
  return `${prefix}.locks/${database}.json`;
}

/** Where it is noted which retention policy was carried out last. */
export function policyKey(prefix: string, database: string): string {
  return `${prefix}.locks/${database}/retention.json`;
}

function stem(prefix: string, { database, createdAt, backupId }: ArchiveIdentity): string {
  return `${databaseFolder(prefix, database)}${formatStamp(createdAt)}_${backupId}`;
}

/** Reads a key of ours below `prefix`; `undefined` for every other key. */
export function parseKey(prefix: string, key: string): ParsedKey | undefined {
  if (!key.startsWith(prefix)) return undefined;
  const segments = key.slice(prefix.length).split('/');
  const [database, file] = segments;
  if (segments.length !== 2 || database === undefined || file === undefined) return undefined;
  if (!DATABASE_NAME.test(database)) return undefined;
  const kinds = Object.keys(SUFFIXES) as (keyof typeof SUFFIXES)[];
  const kind = kinds.find((each) => file.endsWith(SUFFIXES[each]));
  if (kind === undefined) return undefined;
  const name = file.slice(0, -SUFFIXES[kind].length);
  const cut = name.indexOf('_');
  const createdAt = parseStamp(name.slice(0, Math.max(cut, 0)));
  const backupId = name.slice(cut + 1);
  if (cut < 0 || createdAt === undefined || !BACKUP_ID.test(backupId)) return undefined;
  return { kind, database, createdAt, backupId };
}

/** Bytes of a key, at most (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html). */
const LONGEST_KEY = 1024;
/** Manifests have the longest ending. */
const LONGER_BY = MANIFEST_SUFFIX.length - ARCHIVE_SUFFIX.length;

/**
 * Makes sure that an archive's key is read back as this archive, and that a store takes it and its manifest's: one that is
 * written and not read would be written again every night.
 * @throws ArchiverError `archive.unusable_key`
 */
export function assertReadable(prefix: string, key: string, id: ArchiveIdentity): string {
  const parsed = parseKey(prefix, key);
  const isSame =
    parsed?.database === id.database &&
    parsed.backupId === id.backupId &&
    formatStamp(parsed.createdAt) === formatStamp(id.createdAt);
  const isShort = Buffer.byteLength(key) + LONGER_BY <= LONGEST_KEY;
  if (isSame && isShort) return key;
  throw new ArchiverError(
    'archive.unusable_key',
    `backup ${id.backupId.slice(0, 100)} of ${id.database} cannot be archived: ${isShort ? 'its key would not be read back' : `its key would be longer than ${LONGEST_KEY} bytes`}`,
    {
      hint: 'The id or the time of the backup is of no known form, or the prefix and the name are too long.',
    },
  );
}

/** Whether an id can stand in a key. */
export function isBackupId(id: string): boolean {
  return BACKUP_ID.test(id);
}
