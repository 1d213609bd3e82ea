import { ArchiverError, type ErrorOptions } from './errors.ts';

/** Layout version of the manifest; a reader refuses what is newer than it knows. */
export const MANIFEST_VERSION = 1;

/**
 * Who vouched for the stored bytes, strongest first:
 * - `store-full-object`: the store itself holds the checksum of the whole object, equal to ours;
 * - `store-composite`: the store checked every part, and its checksum of part checksums equals ours;
 * - `part-crc32`, `part-crc64nvme`, `part-sha256`: the store checked every part by that checksum, and the
 *   object's fingerprint is that of exactly these parts;
 * - `part-md5`: the store checks nothing; every part's fingerprint was the MD5 of the bytes we sent;
 * - `read-back`: the object was read back whole and compared.
 */
export const PROOFS = [
  'store-full-object',
  'store-composite',
  'part-crc32',
  'part-crc64nvme',
  'part-sha256',
  'part-md5',
  'read-back',
] as const;
export type Proof = (typeof PROOFS)[number];

/** A checksum of the archive's bytes, base64 of the big-endian digest. */
export interface ArchiveChecksum {
  readonly algorithm: 'CRC32' | 'CRC64NVME' | 'SHA256';
  readonly value: string;
  /** `full-object`: of all the bytes; `composite`: of the parts' digests, value ends in `-<parts>`. */
  readonly kind: 'full-object' | 'composite';
}

/**
 * The proof that makes an archive count, written last, beside it. Times are ISO-8601 in UTC.
 */
export interface Manifest {
  readonly version: typeof MANIFEST_VERSION;
  readonly database: string;
  /** The database's id at its source, under the name that the first source had for it. */
  readonly addonId: string;
  /** The API's own database id, 24 hex. */
  readonly databaseId: string;
  readonly app: string | null;
  readonly backupId: string;
  readonly backupName: string;
  readonly method: string | null;
  readonly createdAt: string;
  readonly archivedAt: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly checksum: ArchiveChecksum;
  readonly proof: Proof;
  readonly parts: number;
  /** Bytes of every part but the last. */
  readonly partSize: number;
  readonly etag: string | null;
  readonly versionId: string | null;
  readonly engine: string | null;
  readonly engineVersion: string | null;
  /** Version of the program that wrote it. */
  readonly archiver: string;
}

/** What is read of a manifest at most, in bytes. A sane one has under 2 KiB; a bigger object is not one. */
export const MAX_MANIFEST_SIZE = 64 * 1024;

/**
 * The manifest as stored: indented JSON, for the person who opens it in ten years.
 * @throws ArchiverError `manifest.invalid` where it could not be read back as it is
 */
export function serializeManifest(manifest: Manifest): string {
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_MANIFEST_SIZE)
    throw invalidManifest(manifest.key, `it would have ${bytes} bytes`, { hint: UNWRITTEN });
  const back = parseManifest(manifest.key, Buffer.from(text).toString());
  const isSame = Object.entries(manifest).every(
    ([field, value]) => JSON.stringify(back[field as keyof Manifest]) === JSON.stringify(value),
  );
  if (!isSame) throw invalidManifest(manifest.key, 'it would not be read back as it is', { hint: UNWRITTEN });
  return text;
}

const UNWRITTEN =
  'It was not written, and the archive does not count. Please report this with the names of the backup.';

/**
 * Reads a stored manifest. Unknown fields are dropped, so that a later minor version may add some; what may
 * be null may be absent as well, and is null then.
 * @throws ArchiverError `manifest.invalid`, naming the key and the first field that is wrong
 */
export function parseManifest(key: string, text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidManifest(key, 'it is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidManifest(key, 'it is not an object');
  }
  const record = value as Record<string, unknown>;
  checkVersion(key, record.version);
  const manifest: Record<string, unknown> = { version: MANIFEST_VERSION };
  for (const [field, isValid] of Object.entries(FIELDS)) {
    if (!isValid(record[field])) throw invalidManifest(key, `"${field}" is missing or malformed`);
    manifest[field] = record[field] ?? null;
  }
  return manifest as unknown as Manifest;
}

function checkVersion(key: string, version: unknown): void {
  if (version === MANIFEST_VERSION) return;
  if (!isCount(version)) throw invalidManifest(key, '"version" is missing or malformed');
  const why = `it is of version ${version}, and this program knows none after ${MANIFEST_VERSION}`;
  throw invalidManifest(key, why, {
    hint: 'Nothing of this archive is touched. A newer backup-archiver wrote it: update this one.',
    kind: 'not-understood',
  });
}

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === 'string' && value !== '';
const isTextOrNull: Check = (value) => value === null || value === undefined || typeof value === 'string';
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 1;
/** Without its `Z` a time would be another instant on each machine. */
const ISO_UTC = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?Z$/;

function isTime(value: unknown): boolean {
  const match = typeof value === 'string' ? ISO_UTC.exec(value) : null;
  if (match === null) return false;
  const time = new Date(match[0]);
  // 31 February rolls over: the time must read back.
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(match[1] ?? '');
}

const FIELDS: Readonly<Record<Exclude<keyof Manifest, 'version'>, Check>> = {
  database: isText,
  addonId: isText,
  databaseId: isText,
  app: isTextOrNull,
  backupId: isText,
  backupName: (value) => typeof value === 'string',
  method: isTextOrNull,
  createdAt: isTime,
  archivedAt: isTime,
  key: isText,
  size: isCount,
  checksum: isChecksum,
  proof: (value) => (PROOFS as readonly unknown[]).includes(value),
  parts: isCount,
  partSize: isCount,
  etag: isTextOrNull,
  versionId: isTextOrNull,
  engine: isTextOrNull,
  engineVersion: isTextOrNull,
  archiver: isText,
};

function isChecksum(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { algorithm, value: digest, kind } = value as Record<string, unknown>;
  return (
    (algorithm === 'CRC32' || algorithm === 'CRC64NVME' || algorithm === 'SHA256') &&
    isText(digest) &&
    (kind === 'full-object' || kind === 'composite')
  );
}

/**
 * Once the source has forgotten the backup nothing can prove the archive again: without its manifest it would
 * be swept.
 */
const REPAIR =
  'Nothing of this archive is touched. Restore the manifest from an earlier version of the object; only while its source still lists the backup, it may be removed instead to have the archive proved again.';

/** `manifest.invalid`. @param why goes on from "cannot be used: " */
export function invalidManifest(
  key: string,
  why: string,
  options: Pick<ErrorOptions, 'hint' | 'kind'> = {},
): ArchiverError {
  return new ArchiverError('manifest.invalid', `the manifest ${key} cannot be used: ${why}`, {
    hint: REPAIR,
    ...options,
    details: { key },
  });
}
