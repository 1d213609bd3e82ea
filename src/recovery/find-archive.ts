import { DATABASE_NAME } from '../model/archive-key.ts';
import { parseReference } from '../model/archive-reference.ts';
import { ArchiverError, IntegrityError } from '../model/errors.ts';
import type { Manifest } from '../model/manifest.ts';
import type { ArchiveStore, ListedObject } from '../ports/archive-store.ts';

/** An archive that exists: its object and its proof. */
export interface FoundArchive {
  readonly archive: ListedObject;
  readonly manifest: Manifest;
}

type Bucket = Pick<ArchiveStore, 'list' | 'readManifest'>;

/**
 * Finds the archive that `text` names (see `parseReference`).
 * @throws ArchiverError `usage.invalid` for what names no archive, `archive.not_found`, `manifest.invalid`; StoreError
 */
export async function findArchive(store: Bucket, text: string, signal: AbortSignal): Promise<FoundArchive> {
  const archive = await locateArchive(store, text, signal);
  const manifest = await store.readManifest(archive, signal);
  // A prune may have come between the listing and this.
  if (manifest === undefined) throw notFound(text, 'it was deleted just now');
  requireSize(archive.key, archive.size, manifest);
  return { archive, manifest };
}

/** An object has the size that its manifest says. @throws IntegrityError `archive.size_mismatch` */
export function requireSize(key: string, size: number, manifest: Manifest): void {
  if (size === manifest.size) return;
  throw new IntegrityError(
    'archive.size_mismatch',
    `${key}: the object has ${size} bytes, its manifest says ${manifest.size}`,
    {
      hint: 'It was cut or exchanged after it was archived. Take another archive, and look at the older versions of the object.',
      details: { key, expectedBytes: manifest.size, bytes: size },
    },
  );
}

/** The same without its manifest. @throws ArchiverError `usage.invalid`, `archive.not_found`; StoreError */
export async function locateArchive(store: Bucket, text: string, signal: AbortSignal): Promise<ListedObject> {
  const reference = parseReference(text);
  if (reference === undefined) {
    throw new ArchiverError('usage.invalid', `${JSON.stringify(text.slice(0, 200))} names no archive`, {
      hint: 'Write a key, a backup id, the name of a database, or NAME@2026-03-01 or NAME@2026-03-01T03:00:00Z for its newest archive at that time.',
    });
  }
  switch (reference.by) {
    case 'key': {
      const { archives } = await store.list(reference.database, signal);
      const found = archives.find(({ key }) => key === reference.key || key.endsWith(`/${reference.key}`));
      if (found !== undefined) return found;
      throw notFound(text, `${reference.database} has no whole archive at this key`);
    }
    case 'database': {
      const { archives } = await store.list(reference.database, signal);
      if (archives.length === 0) throw notFound(text, `there is no archive of ${reference.database}`);
      const { until } = reference;
      const found = archives.find(({ createdAt }) => until === undefined || createdAt <= until);
      if (found !== undefined) return found;
      const oldest = archives.at(-1)?.createdAt.toISOString();
      throw notFound(text, `the oldest archive of ${reference.database} is of ${oldest}`);
    }
    case 'word':
      return locateWord(store, reference.word, signal);
  }
}

/** The newest of the database of this name, or the archive of the backup of this id. */
async function locateWord(store: Bucket, word: string, signal: AbortSignal): Promise<ListedObject> {
  if (DATABASE_NAME.test(word)) {
    const [newest] = (await store.list(word, signal)).archives;
    if (newest !== undefined) return newest;
  }
  const { archives } = await store.list(undefined, signal);
  const [found, another] = archives.filter(({ backupId }) => backupId === word);
  if (found === undefined) throw notFound(word, 'no database and no backup id in the bucket reads so');
  if (another === undefined) return found;
  throw new ArchiverError(
    'archive.not_found',
    `${word} names more than one archive: ${found.key} and ${another.key}`,
    {
      hint: 'Name it by its key.',
    },
  );
}

function notFound(text: string, why: string): ArchiverError {
  return new ArchiverError('archive.not_found', `there is no archive ${text}: ${why}`, {
    hint: '`backup-archiver list` shows what there is. An archive without a manifest does not count.',
  });
}
