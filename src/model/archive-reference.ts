import { parseInstant } from '../text/instant.ts';
import { DATABASE_NAME, isBackupId } from './archive-key.ts';

/** How a person names an archive on the command line. */
export type ArchiveReference =
  /** A whole key, with the prefix or without. */
  | { readonly by: 'key'; readonly key: string; readonly database: string }
  /** The newest of a database; `until`: the newest of those created at that time or before. */
  | { readonly by: 'database'; readonly database: string; readonly until?: Date }
  /** A backup's id, or the name of a database: only the bucket can tell. */
  | { readonly by: 'word'; readonly word: string };

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Reads `ARCHIVE`: a key, a backup's id, `NAME`, `NAME@2026-03-01` (that whole day in UTC counts) or
 * `NAME@2026-03-01T03:00:00Z`.
 * @returns `undefined` for anything else
 */
export function parseReference(text: string): ArchiveReference | undefined {
  if (text.includes('/')) {
    const database = text.split('/').at(-2);
    if (database === undefined || !DATABASE_NAME.test(database)) return undefined;
    return { by: 'key', key: text.replace(/\.manifest\.json$/, '.tar.gz'), database };
  }
  const [name = '', time, ...more] = text.split('@');
  if (more.length > 0) return undefined;
  if (time === undefined)
    return DATABASE_NAME.test(name) || isBackupId(name) ? { by: 'word', word: name } : undefined;
  const until = parseInstant(DAY.test(time) ? `${time}T23:59:59.999Z` : time);
  if (until === undefined || !DATABASE_NAME.test(name)) return undefined;
  return { by: 'database', database: name, until };
}
