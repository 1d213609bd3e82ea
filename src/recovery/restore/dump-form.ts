import type { RestorableEngine } from '../../model/server-url.ts';

/** What a file of an archive is, as far as a restore goes; `sql`: of whatever wrote it. */
export type DumpForm = RestorableEngine | 'sql' | 'other';

/** Bytes by which it is known: mariadb-dump has a line of its own before the one that names it. */
export const HEAD_LENGTH = 512;

const CUSTOM_FORMAT = 'PGDMP';
const BY_MYSQLDUMP = /^(?:\/\*[^\n]*\n)?-- (?:MySQL|MariaDB) dump /;

/** @param first its first bytes, `HEAD_LENGTH` of them where it has so many */
export function dumpForm(first: Buffer, path: string): DumpForm {
  const head = first.toString('latin1');
  if (head.startsWith(CUSTOM_FORMAT)) return 'postgresql';
  if (BY_MYSQLDUMP.test(head)) return 'mysql';
  const name = path.slice(path.lastIndexOf('/') + 1);
  // What macOS writes beside a file, under its name.
  return name.endsWith('.sql') && !name.startsWith('._') ? 'sql' : 'other';
}
