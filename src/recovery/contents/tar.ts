import { BadContents, type Inspection, skip, take, type Walk, type Wanted } from './pulled.ts';

const BLOCK = 512;
/** Longest extended header: names, not contents. */
const LONGEST_HEADER = 2 ** 20;

/** Types of entries: of files; of links, devices and folders, which have no data whatever their size says. */
const FILES: ReadonlySet<string> = new Set(['0', '\0', '7']);
const EMPTY: ReadonlySet<string> = new Set(['1', '2', '3', '4', '5', '6']);
/** An extended header, a long name, the target of a long link: they speak of the entry that follows. */
const SAYS_OF_NEXT: ReadonlySet<string> = new Set(['x', 'L', 'K']);

/** What a file within a tar is looked into by. */
export type OpenFile<Facts> = (name: string, size: number) => Inspection<Facts>;

/**
 * Walks a tar to its end: each header has its checksum, each file its size, and the end its mark (POSIX.1-2017, pax,
 * "ustar Interchange Format"; https://www.gnu.org/software/tar/manual/html_node/Standard.html).
 * @param open is asked for each regular file
 * @returns what each file was
 */
export function* walkTar<Facts>(open: OpenFile<Facts>): Walk<Facts[]> {
  const found: Facts[] = [];
  let next: Overrides = {};
  for (;;) {
    const block = yield { take: BLOCK };
    if (block === undefined)
      throw new BadContents('is a tar that ends early: the mark of its end is missing');
    if (block.every((byte) => byte === 0)) return found;
    const header = readHeader(block);
    const { type } = header;
    const { name, size, isSparse } = { ...header, ...next };
    if (type === 'x' || type === 'L') next = { ...next, ...(yield* readExtension(type, size)) };
    // A sparse one begins with the map of its holes.
    else if (FILES.has(type) && isSparse !== true) found.push(yield* walkFile(open(name, size), size));
    else if (!EMPTY.has(type)) yield* skipOther(block, type, size);
    if (!EMPTY.has(type)) yield* skip((BLOCK - (size % BLOCK)) % BLOCK);
    if (!SAYS_OF_NEXT.has(type)) next = {};
  }
}

function* walkFile<Facts>(inspection: Inspection<Facts>, size: number): Walk<Facts> {
  if (size > 0) yield { pass: size, to: inspection };
  return inspection.end();
}

function* skipOther(header: Buffer, type: string, size: number): Generator<Wanted, void, Buffer | undefined> {
  if (type === 'S') yield* skipSparseMap(header);
  yield* skip(size);
}

/** The older sparse format of GNU has the rest of its map in blocks of their own (gnu/tar.h, `sparse_header`). */
function* skipSparseMap(header: Buffer): Generator<Wanted, void, Buffer | undefined> {
  for (let hasMore = header[482] === 1; hasMore; ) hasMore = (yield* take(BLOCK))[504] === 1;
}

/** What an extended header says of the entry that follows it. */
interface Overrides {
  readonly name?: string;
  readonly size?: number;
  readonly isSparse?: boolean;
}

interface Header {
  readonly name: string;
  readonly size: number;
  readonly type: string;
}

function readHeader(block: Buffer): Header {
  const stated = Number.parseInt(textOf(block, 148, 8).trim(), 8);
  let sum = 8 * 0x20;
  for (const [at, byte] of block.entries()) if (at < 148 || at >= 156) sum += byte;
  if (sum !== stated) throw new BadContents('is no tar, or one with a damaged header');
  const prefix = textOf(block, 257, 5) === 'ustar' ? textOf(block, 345, 155) : '';
  const name = textOf(block, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: readSize(block.subarray(124, 136)),
    type: String.fromCharCode(block[156] ?? 0),
  };
}

/** Octal digits; or base 256, marked by the highest bit, for 8 GiB and more. */
function readSize(field: Buffer): number {
  const isBinary = ((field[0] ?? 0) & 0x80) !== 0;
  const size = isBinary
    ? field.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0)
    : Number.parseInt(textOf(field, 0, field.length).trim() || '0', 8);
  if (Number.isSafeInteger(size)) return size;
  throw new BadContents('is a tar with an entry of no size');
}

function* readExtension(type: 'x' | 'L', size: number): Generator<Wanted, Overrides, Buffer | undefined> {
  if (size > LONGEST_HEADER) throw new BadContents(`is a tar with an extended header of ${size} bytes`);
  const bytes = yield* take(size);
  if (type === 'L') return { name: textOf(bytes, 0, bytes.length) };
  const records = readRecords(bytes);
  const name = records.get('path');
  const stated = records.get('size');
  return {
    isSparse: [...records.keys()].some((key) => key.startsWith('GNU.sparse.')),
    ...(name === undefined ? {} : { name }),
    ...(stated === undefined ? {} : { size: Number(stated) }),
  };
}

function readRecords(bytes: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const length = Number.parseInt(bytes.toString('latin1', at, at + 20), 10);
    if (!(length > 0) || at + length > bytes.length)
      throw new BadContents('is a tar with a damaged extended header');
    const record = bytes.toString('utf8', at, at + length - 1);
    const [, key = '', value = ''] = /^\d+ ([^=]*)=(.*)$/s.exec(record) ?? [];
    records.set(key, value);
    at += length;
  }
  return records;
}

function textOf(bytes: Buffer, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}
