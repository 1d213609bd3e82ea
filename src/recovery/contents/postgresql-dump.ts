import { BadContents, skip, take, type Walk, type Wanted } from './pulled.ts';

/** What a dump of PostgreSQL says of itself. */
export interface PostgresqlDump {
  readonly format: 'postgresql';
  /** Entries of its table of contents. */
  readonly entries: number;
  /** Tables whose rows are in it. */
  readonly tables: number;
  /** Of the server, and of pg_dump, as they are written. */
  readonly serverVersion: string | null;
  readonly dumpVersion: string | null;
}

const MAGIC = 'PGDMP';
/** Bytes of the magic, the version, and how numbers are written. */
export const POSTGRESQL_HEAD = 11;
/** The versions 1.10 to 1.16 of the format: of PostgreSQL 8.0 to 17. */
const KNOWN = { first: 256 + 10, last: 256 + 16 } as const;
const LONGEST_NUMBER = 8;

const CUSTOM = 1;
/** Kinds of blocks with data, and the mark of an entry without. */
const BLOCKS = { data: 1, blobs: 3 } as const;
const NO_DATA = 3;
const LONGEST_TEXT = 2 ** 20;

/** How the numbers of this dump are written, and which fields its version has. */
interface Form {
  readonly version: number;
  /** Bytes. */
  readonly intSize: number;
  readonly offsetSize: number;
}

/** An entry of the table of contents, as far as it matters here. */
interface Entry {
  readonly id: number;
  readonly hasData: boolean;
  readonly isTable: boolean;
}

/**
 * Walks a dump in pg_dump's custom format to its end: the head, the table of contents, and every block of data, of which
 * each entry that has some must have its own (PostgreSQL, src/bin/pg_dump/pg_backup_archiver.c, `ReadHead` and
 * `ReadToc`, and pg_backup_custom.c).
 */
export function* walkPostgresqlDump(): Walk<PostgresqlDump> {
  const form = yield* readForm();
  // Seven numbers of when it was made, and the name of the database.
  for (let field = 0; field < 7; field++) yield* int(form);
  yield* text(form);
  const serverVersion = yield* text(form);
  const dumpVersion = yield* text(form);

  const entries = yield* int(form);
  if (entries < 0) throw new BadContents('is a dump of PostgreSQL with a damaged table of contents');
  const missing = new Set<number>();
  let tables = 0;
  for (let count = 0; count < entries; count++) {
    const { id, hasData, isTable } = yield* readEntry(form);
    if (hasData) missing.add(id);
    if (hasData && isTable) tables += 1;
  }
  for (let id = yield* readBlock(form); id !== undefined; id = yield* readBlock(form)) missing.delete(id);
  if (missing.size > 0) {
    throw new BadContents(
      `is a dump of PostgreSQL without the data of ${missing.size} of its ${entries} entries`,
    );
  }
  return { format: 'postgresql', entries, tables, serverVersion, dumpVersion };
}

type Reading<Value> = Generator<Wanted, Value, Buffer | undefined>;

/** Whether these first bytes are of a dump that is known here: of the custom format, and of no later version. */
export function isKnownDump(first: Buffer): boolean {
  const { version, intSize, offsetSize } = formOf(first);
  return (
    first.toString('latin1', 0, MAGIC.length) === MAGIC &&
    first[10] === CUSTOM &&
    version >= KNOWN.first &&
    version <= KNOWN.last &&
    Math.max(intSize, offsetSize) <= LONGEST_NUMBER
  );
}

function formOf(head: Buffer): Form {
  const [, , , , , major = 0, minor = 0, , intSize = 0, offsetSize = 0] = head;
  return { version: major * 256 + minor, intSize, offsetSize };
}

function* readForm(): Reading<Form> {
  const form = formOf(yield* take(POSTGRESQL_HEAD));
  // How it is compressed.
  if (hasFieldsOf(15, form)) yield* skip(1);
  else yield* int(form);
  return form;
}

/** Whether a dump is of version 1.`minor` or later. */
function hasFieldsOf(minor: number, { version }: Form): boolean {
  return version >= 256 + minor;
}

function* readEntry(form: Form): Reading<Entry> {
  const id = yield* int(form);
  const hasDumper = (yield* int(form)) !== 0;
  // Its table's OID, its own, and its tag.
  yield* texts(3, form);
  const description = yield* text(form);
  if (hasFieldsOf(11, form)) yield* int(form);
  // The statements that make it, drop it and copy it; its schema, and its tablespace.
  yield* texts(5, form);
  if (hasFieldsOf(14, form)) yield* text(form);
  if (hasFieldsOf(16, form)) yield* int(form);
  // Its owner, and whether it has OIDs.
  yield* texts(2, form);
  // What it depends on.
  while ((yield* text(form)) !== null);
  const [state] = yield* take(1 + form.offsetSize);
  return { id, hasData: hasDumper && state !== NO_DATA, isTable: description === 'TABLE DATA' };
}

/** @returns the entry that the block is of; `undefined` at the end */
function* readBlock(form: Form): Reading<number | undefined> {
  const kind = (yield { take: 1 })?.[0];
  if (kind === undefined) return undefined;
  const id = yield* int(form);
  if (kind === BLOCKS.data) yield* chunks(form);
  else if (kind === BLOCKS.blobs) while ((yield* int(form)) !== 0) yield* chunks(form);
  else throw new BadContents(`is a dump of PostgreSQL with a block of an unknown kind (${kind})`);
  return id;
}

/** A sign, and the digits from the lowest. */
function* int({ intSize }: Form): Reading<number> {
  const bytes = yield* take(1 + intSize);
  let size = 0;
  for (let at = intSize; at > 0; at--) size = size * 256 + (bytes[at] ?? 0);
  return bytes[0] === 0 ? size : -size;
}

function* text(form: Form): Reading<string | null> {
  const length = yield* int(form);
  if (length < 0) return null;
  if (length <= LONGEST_TEXT) return (yield* take(length)).toString();
  yield* skip(length);
  return '';
}

function* texts(count: number, form: Form): Reading<void> {
  for (let field = 0; field < count; field++) yield* text(form);
}

function* chunks(form: Form): Reading<void> {
  for (let length = yield* int(form); length !== 0; length = yield* int(form)) {
    if (length < 0) throw new BadContents('is a dump of PostgreSQL with a damaged block');
    yield* skip(length);
  }
}
