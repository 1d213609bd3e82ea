import {
  constants,
  type FileHandle,
  lstat,
  open,
  readFile,
  rename,
  rm,
  stat,
  statfs,
} from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ChecksumAlgorithm, startDigest } from '../../integrity/checksum.ts';
import { ArchiverError } from '../../model/errors.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import type { Block } from './blocks.ts';

/** What a partial file is of. Another archive, or other blocks: it is begun anew. */
export interface PartialContent {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly checksum: string;
  readonly algorithm: ChecksumAlgorithm;
  readonly blocks: readonly Block[];
}

/** An archive is for its owner's eyes. */
const OWN = 0o600;
/** Bytes that are read at once from a partial file. */
const READ_SIZE = 2 ** 20;

/**
 * A file that is not whole yet: `FILE.part`, with `FILE.part.blocks` beside it, which has a line for each block that was
 * written, with its checksum. After a kill a block counts whose bytes still have that checksum, and no other does.
 */
export class PartialFile implements AsyncDisposable {
  readonly #path: string;
  readonly #content: PartialContent;
  readonly #file: FileHandle;
  readonly #notes: FileHandle;

  private constructor(path: string, content: PartialContent, file: FileHandle, notes: FileHandle) {
    this.#path = path;
    this.#content = content;
    this.#file = file;
    this.#notes = notes;
  }

  /**
   * Opens what an earlier download left, or begins.
   * @param path of the whole file
   * @returns the file, and the checksums of the blocks that are there, by their index
   * @throws ArchiverError `download.disk`
   */
  static async open(
    path: string,
    content: PartialContent,
    onChecked: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<{ partial: PartialFile; found: Map<number, string> }> {
    return onDisk(path, async () => {
      const noted = await readNotes(notesPath(path), content);
      if (!(noted instanceof Map)) await makeWay(path, noted);
      const { file, notes } = noted instanceof Map ? await openAgain(path) : await begin(path, content);
      const partial = new PartialFile(path, content, file, notes);
      try {
        const known = noted instanceof Map ? noted : new Map<number, string>();
        const found = await partial.#check(known, onChecked, signal);
        await partial.#requireRoom(found);
        return { partial, found };
      } catch (error) {
        await partial[Symbol.asyncDispose]();
        throw error;
      }
    });
  }

  /** @param at where they belong in the archive. @throws ArchiverError `download.disk` */
  write(bytes: readonly Buffer[], at: number): Promise<void> {
    return onDisk(this.#path, async () => {
      const size = bytes.reduce((sum, { length }) => sum + length, 0);
      const { bytesWritten } = await this.#file.writev([...bytes], at);
      // A short write says no error; the next one does.
      if (bytesWritten < size) {
        await this.write([Buffer.concat(bytes).subarray(bytesWritten)], at + bytesWritten);
      }
    });
  }

  /** A block is written. */
  note({ index }: Block, digest: string): Promise<void> {
    return onDisk(this.#path, () => this.#notes.appendFile(`${index} ${digest}\n`));
  }

  /** The checksum of all that is there, read from the first byte to the last. Base64. */
  digest(algorithm: ChecksumAlgorithm, signal: AbortSignal): Promise<string> {
    return onDisk(this.#path, () => this.#digestOf({ start: 0, end: this.#content.size }, algorithm, signal));
  }

  /**
   * All bytes are there and right: the file gets its name.
   * @throws ArchiverError `download.disk` where another download has taken its place meanwhile
   */
  async finish(): Promise<void> {
    await onDisk(this.#path, async () => {
      await this.#file.truncate(this.#content.size);
      await this.#file.sync();
      const [own, there] = await Promise.all([this.#file.stat(), stat(partPath(this.#path))]);
      if (own.ino !== there.ino || own.dev !== there.dev) {
        throw diskError(`another download has taken the place of ${partPath(this.#path)}`);
      }
      await requireNoFile(this.#path);
      await rename(partPath(this.#path), this.#path);
      await rm(notesPath(this.#path), { force: true });
    });
    await settleName(dirname(this.#path));
  }

  /** What is there is wrong. */
  async discard(): Promise<void> {
    await rm(partPath(this.#path), { force: true });
    await rm(notesPath(this.#path), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
    await this.#notes.close();
  }

  /** The noted blocks whose bytes are still right. */
  async #check(
    noted: ReadonlyMap<number, string>,
    onChecked: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<Map<number, string>> {
    const right = new Map<number, string>();
    const { algorithm, blocks } = this.#content;
    for (const block of blocks) {
      const digest = noted.get(block.index);
      if (digest === undefined) continue;
      if ((await this.#digestOf(block, algorithm, signal)) !== digest) continue;
      right.set(block.index, digest);
      onChecked(block.end - block.start);
    }
    return right;
  }

  async #digestOf(
    { start, end }: { start: number; end: number },
    algorithm: ChecksumAlgorithm,
    signal: AbortSignal,
  ): Promise<string> {
    const digest = startDigest(algorithm);
    const buffer = Buffer.allocUnsafe(Math.min(READ_SIZE, end - start));
    for (let at = start; at < end; ) {
      signal.throwIfAborted();
      const { bytesRead } = await this.#file.read(buffer, 0, Math.min(buffer.length, end - at), at);
      if (bytesRead === 0) break;
      digest.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    return digest.value();
  }

  /** Before the first byte: a disk that is full after hours has cost them. */
  async #requireRoom(found: ReadonlyMap<number, string>): Promise<void> {
    const missing = this.#content.blocks
      .filter(({ index }) => !found.has(index))
      .reduce((sum, { start, end }) => sum + end - start, 0);
    const { bavail, bsize, blocks } = await statfs(dirname(this.#path));
    const free = bavail * bsize;
    // Some file systems do not say: then all is zero.
    if (missing <= free || blocks === 0) return;
    throw diskError(
      `${this.#path} needs ${formatByteSize(missing)} more, and its disk has ${formatByteSize(free)} free`,
    );
  }
}

/** @throws ArchiverError `usage.invalid` where there is something of this name, which is never written over */
export async function requireNoFile(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined) return;
  throw new ArchiverError('usage.invalid', `${path} is there already, and is not written over`, {
    hint: 'Remove it, or name another file with --output.',
  });
}

export function partPath(path: string): string {
  return `${path}.part`;
}

export function notesPath(path: string): string {
  return `${path}.part.blocks`;
}

function headLine({ key, size, checksum, algorithm, blocks }: PartialContent): string {
  return `${JSON.stringify({ version: 1, key, size, checksum, algorithm, blocks: blocks.length })}\n`;
}

/** The two files of a partial one. */
interface Opened {
  readonly file: FileHandle;
  readonly notes: FileHandle;
}

async function openAgain(path: string): Promise<Opened> {
  const notes = await open(notesPath(path), 'a', OWN);
  return { notes, file: await open(partPath(path), constants.O_RDWR | constants.O_CREAT, OWN) };
}

/** New files, never old ones that are cut: an earlier download that still runs would go on in the bytes of another archive. */
async function begin(path: string, content: PartialContent): Promise<Opened> {
  const notes = await open(notesPath(path), 'ax', OWN);
  await notes.appendFile(headLine(content));
  return { notes, file: await open(partPath(path), 'wx+', OWN) };
}

/** Removes what is of another archive; what is not ours at all stays. @throws ArchiverError `usage.invalid` */
async function makeWay(path: string, noted: 'none' | 'of another'): Promise<void> {
  const part = partPath(path);
  if (noted === 'none' && ((await lstat(part).catch(() => undefined))?.size ?? 0) > 0) {
    throw new ArchiverError('usage.invalid', `${part} is there already, and is none of this program's`, {
      hint: 'Remove it, or name another file with --output.',
    });
  }
  await rm(part, { force: true });
  await rm(notesPath(path), { force: true });
}

/** The new name outlives a power failure, on file systems where a folder can be synced. */
async function settleName(folder: string): Promise<void> {
  try {
    const handle = await open(folder, constants.O_RDONLY);
    await handle.sync().finally(() => handle.close());
  } catch {
    // The file itself is whole, and has its name.
  }
}

/** What the notes say of the blocks. */
async function readNotes(
  path: string,
  content: PartialContent,
): Promise<Map<number, string> | 'none' | 'of another'> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return 'none';
  const head = headLine(content);
  if (!text.startsWith(head)) return 'of another';
  const noted = new Map<number, string>();
  // The last line may be cut.
  for (const line of text.slice(head.length).split('\n').slice(0, -1)) {
    const [index = '', digest = ''] = line.split(' ');
    noted.set(Number(index), digest);
  }
  return noted;
}

async function onDisk<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const isOfDisk = error instanceof Error && 'syscall' in error && 'code' in error;
    throw isOfDisk ? diskError(`${path} cannot be written: ${String(error.code)}`) : error;
  }
}

function diskError(message: string): ArchiverError {
  return new ArchiverError('download.disk', message, {
    hint: 'Make room or correct the path, and give the same command again: it goes on from what is there. With --output - no disk is needed.',
  });
}
