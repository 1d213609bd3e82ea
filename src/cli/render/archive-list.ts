import type { Manifest } from '../../model/manifest.ts';
import type { ListedObject } from '../../ports/archive-store.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import { formatAge } from './age.ts';
import { tableLines } from './table.ts';

/** An archive and its manifest; `undefined` where that cannot be used. */
export interface DescribedArchive {
  readonly archive: ListedObject;
  readonly manifest: Manifest | undefined;
}

/** The list as one JSON document, line by line. What only a manifest can tell is null where it cannot be used. */
export function* listJson(described: readonly DescribedArchive[]): Generator<string> {
  if (described.length === 0) {
    yield '[]\n';
    return;
  }
  yield '[\n';
  for (const [index, each] of described.entries()) {
    yield `  ${JSON.stringify(row(each))}${index < described.length - 1 ? ',' : ''}\n`;
  }
  yield ']\n';
}

function row({ archive, manifest }: DescribedArchive) {
  const { database, backupId, size, key } = archive;
  return {
    database,
    backupId,
    // A key has whole seconds only.
    createdAt: (manifest === undefined ? archive.createdAt : new Date(manifest.createdAt)).toISOString(),
    archivedAt: manifest?.archivedAt ?? null,
    size,
    key,
    method: manifest?.method ?? null,
    engine: manifest?.engine ?? null,
    engineVersion: manifest?.engineVersion ?? null,
    proof: manifest?.proof ?? null,
    checksum: manifest?.checksum ?? null,
  };
}

/**
 * The list for a person, line by line: 80 columns where the names of the databases have at most 14 characters. The key
 * is left out: it is made of the columns that are there.
 * @param now milliseconds since the epoch, for the ages
 * @param width of the terminal, in characters
 */
export function* listTable(
  archives: readonly ListedObject[],
  now: number,
  width?: number,
): Generator<string> {
  if (archives.length === 0) {
    yield 'no archives\n';
    return;
  }
  const rows = function* () {
    for (const { database, createdAt, size, backupId } of archives) {
      const created = createdAt.toISOString().replace('.000Z', 'Z');
      yield [database, created, formatAge(now - createdAt.getTime()), formatByteSize(size), backupId];
    }
  };
  yield* tableLines(['DATABASE', 'CREATED', 'AGE', 'SIZE', 'BACKUP'], rows, {
    right: ['AGE', 'SIZE'],
    width,
    spare: 'AGE',
  });
  yield `\n${totals(archives)}\n`;
}

function totals(archives: readonly ListedObject[]): string {
  const databases = new Set(archives.map(({ database }) => database)).size;
  const bytes = archives.reduce((sum, { size }) => sum + size, 0);
  return `${count(archives.length, 'archive')} of ${count(databases, 'database')}, ${formatByteSize(bytes)} (${bytes} bytes)`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
