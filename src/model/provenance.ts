import { ArchiverError } from './errors.ts';
import type { Manifest } from './manifest.ts';

/*
 * How stored things name the database at its source and the bytes at the store. The stored names are those of the
 * first source and the first store; they are a contract with users and stay, whatever source or store comes next.
 */

/** What a manifest is made of, in the story's words. */
export type ArchiveFacts = Omit<Manifest, 'addonId' | 'etag'> & {
  /** The database's id at its source. */
  readonly sourceId: string;
  /** What the store names the bytes by. */
  readonly fingerprint: string | null;
};

/** The manifest of these facts, its fields in the order in which they are stored. */
export function toManifest({ version, database, sourceId, fingerprint, ...facts }: ArchiveFacts): Manifest {
  const { versionId, engine, engineVersion, archiver, ...first } = facts;
  const last = { etag: fingerprint, versionId, engine, engineVersion, archiver };
  return { version, database, addonId: sourceId, ...first, ...last };
}

/** The database's id at its source, as a manifest says. */
export function sourceIdOf({ addonId }: Pick<Manifest, 'addonId'>): string {
  return addonId;
}

/** What is stored with an archive's bytes: it tells an object of ours without its manifest. */
export function archiveMarks(backupId: string, sourceId: string, archiver: string): Record<string, string> {
  return { 'backup-id': backupId, 'addon-id': sourceId, archiver };
}

/** Whether stored bytes are marked as those of this backup of this database. */
export function isMarkedAs(
  marks: Readonly<Record<string, string>> | undefined,
  backupId: string,
  sourceId: string,
): boolean {
  return marks?.['backup-id'] === backupId && marks['addon-id'] === sourceId;
}

/** Whether stored bytes are marked as those of the backup that their key names. */
export function isMarkedFor(key: string, marks: Readonly<Record<string, string>>): boolean {
  const id = marks['backup-id'] ?? '';
  return id !== '' && key.includes(`_${id}.`);
}

/** Log fields that name the database and the backup which a stored manifest is of. */
export interface ArchivedAs {
  readonly archivedAddonId: string;
  readonly archivedBackupId: string;
}

export function archivedAs({ addonId, backupId }: Manifest): ArchivedAs {
  return { archivedAddonId: addonId, archivedBackupId: backupId };
}

/** The archives of this name are of another database. @param hint what to do about it */
export function foreignArchives(
  { name, sourceId }: { readonly name: string; readonly sourceId: string },
  key: string,
  archivedSourceId: string,
  hint: string,
): ArchiverError {
  return new ArchiverError(
    'archive.foreign_addon',
    `the archives named ${name} are of ${archivedSourceId}, the configuration says ${sourceId}`,
    { hint, details: { key, archivedAddonId: archivedSourceId, addonId: sourceId } },
  );
}
