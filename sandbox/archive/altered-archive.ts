import { Readable } from 'node:stream';
import { type ArchiveSource, archiveSource, shortHash } from './archive-source.ts';

/**
 * Damage, as services do it: each function gives an archive whose size and bytes differ from `source` in
 * one way. The validator differs too, unless `keepValidator` is set: a service may not notice.
 */
export interface AlterOptions {
  readonly keepValidator?: boolean;
}

/** Only the first `size` bytes; a server that serves it declares that length. */
export function truncatedArchive(
  source: ArchiveSource,
  size: number,
  options: AlterOptions = {},
): ArchiveSource {
  if (size < 0 || size > source.size) throw new RangeError(`cannot cut ${source.size} bytes to ${size}`);
  return archiveSource(size, validatorOf(source, `cut:${size}`, options), (start, end) =>
    source.read(start, end),
  );
}

/** The archive twice, one after the other. */
export function doubledArchive(source: ArchiveSource, options: AlterOptions = {}): ArchiveSource {
  return archiveSource(source.size * 2, validatorOf(source, 'doubled', options), (start, end) =>
    Readable.from(doubled(source, start, end), { objectMode: false }),
  );
}

async function* doubled(source: ArchiveSource, start: number, end: number): AsyncGenerator<Buffer> {
  const { size } = source;
  if (start < size) yield* source.read(start, Math.min(end, size - 1));
  if (end >= size) yield* source.read(Math.max(start - size, 0), end - size);
}

/** One bit of the byte at `offset` inverted; the size stays. */
export function flippedByteArchive(
  source: ArchiveSource,
  offset: number,
  options: AlterOptions = {},
): ArchiveSource {
  if (offset < 0 || offset >= source.size) throw new RangeError(`there is no byte ${offset}`);
  return archiveSource(source.size, validatorOf(source, `flip:${offset}`, options), (start, end) =>
    Readable.from(flipped(source, offset, start, end), { objectMode: false }),
  );
}

async function* flipped(
  source: ArchiveSource,
  offset: number,
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  let position = start;
  for await (const chunk of source.read(start, end)) {
    const bytes = chunk as Buffer;
    const at = offset - position;
    position += bytes.length;
    if (at < 0 || at >= bytes.length) {
      yield bytes;
      continue;
    }
    // A copy: the original buffer may be shared with other readers.
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 0x01;
    yield copy;
  }
}

function validatorOf(source: ArchiveSource, change: string, options: AlterOptions): string {
  return options.keepValidator === true ? source.validator : shortHash(`${source.validator}:${change}`);
}
