import { createHash } from 'node:crypto';
import type { PartDigest } from '../../integrity/checksum.ts';
import type { StoredPart } from '../../integrity/stored-object.ts';
import { IntegrityError } from '../../model/errors.ts';
import type { PartBytes } from '../../ports/archive-store.ts';
import type { ResumingDownload } from '../download/resuming-download.ts';
import { type OpenPart, type PartReader, sizeOfPart } from './copy-parts.ts';
import { sameBytes } from './resume-upload.ts';

/** A stored part has other bytes than the source gives now. */
export class OtherBytes extends Error {
  constructor(number: number) {
    super(`part ${number} has other bytes than the source gives now`);
  }
}

export interface StreamedArchive {
  /** Bytes. */
  readonly size: number;
  readonly partSize: number;
  /** Takes the checksums of just these parts. */
  readonly source: ResumingDownload;
  /** Parts that are there already. */
  readonly stored: readonly StoredPart[];
  /** Called when the first of them has proved to be of the source's bytes. */
  readonly onSame: () => void;
}

/**
 * Parts that are cut from one stream, each held in memory until the store has confirmed it. One is read while the
 * ones before are sent; a part that has to be sent again costs the source nothing. Parts that are there already are
 * compared with what the source gives, which is read from its beginning.
 */
export class StreamedParts implements PartReader {
  readonly #archive: StreamedArchive;
  readonly #stored: Map<number, StoredPart>;
  readonly #chunks: AsyncIterator<Buffer>;
  /** What is left of the newest chunk. */
  #rest: Buffer = Buffer.alloc(0);
  #read = 0;
  /** Settles when all parts that were to be read so far have been. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @param signal ends the source */
  constructor(archive: StreamedArchive, signal: AbortSignal) {
    this.#archive = archive;
    this.#stored = new Map(archive.stored.map((part) => [part.number, part]));
    this.#chunks = archive.source.bytes(signal)[Symbol.asyncIterator]();
  }

  open(number: number): Promise<OpenPart> {
    const opened = this.#turn.then(async () => {
      await this.#compareUntil(number);
      return this.#hold(number);
    });
    // What one has met, all after it meet.
    this.#turn = opened;
    return opened;
  }

  async finish(): Promise<readonly StoredPart[]> {
    await this.#compareUntil(Number.POSITIVE_INFINITY);
    // The source checks its end when it is asked for more.
    await this.#chunks.next();
    return [...this.#stored.values()];
  }

  close(): void {
    // Not awaited: a source that gives nothing returns only when its pending read ends.
    void Promise.resolve(this.#chunks.return?.()).catch(() => {});
  }

  /** Reads the stored parts that come before the part `number`. */
  async #compareUntil(number: number): Promise<void> {
    for (;;) {
      const next = this.#stored.get(this.#read + 1);
      if (next === undefined || next.number >= number) return;
      await this.#compare(next);
    }
  }

  async #compare(part: StoredPart): Promise<void> {
    const md5 = createHash('md5');
    const digest = await this.#readPart(part.number, (piece) => {
      if (part.digest === null) md5.update(piece);
    });
    const same = sameBytes(part, digest, md5);
    if (same === undefined) throw new OtherBytes(part.number);
    this.#stored.set(part.number, same);
    if (part.number === this.#archive.stored[0]?.number) this.#archive.onSame();
  }

  async #hold(number: number): Promise<OpenPart> {
    const part = new HeldPart();
    try {
      part.digest = await this.#readPart(number, (piece) => {
        const release = this.#archive.source.keep(piece);
        part.add(release === undefined ? Buffer.from(piece) : piece, release);
      });
    } catch (error) {
      part.close();
      throw error;
    }
    return part;
  }

  /** @returns the checksum of the part */
  async #readPart(number: number, take: (piece: Buffer) => void): Promise<PartDigest> {
    const { size, partSize, source } = this.#archive;
    let left = sizeOfPart(number, partSize, size);
    // At least one chunk: an archive without a byte is none.
    do {
      if (this.#rest.length === 0) this.#rest = await this.#nextChunk();
      const piece = this.#rest.subarray(0, left);
      take(piece);
      left -= piece.length;
      this.#rest = this.#rest.subarray(piece.length);
    } while (left > 0);
    this.#read = number;
    return source.digests.of(number);
  }

  async #nextChunk(): Promise<Buffer> {
    const step = await this.#chunks.next();
    if (step.done !== true) return step.value;
    // It has seen to its length: only an archive without a byte gives none.
    throw new IntegrityError('archive.empty', 'the source ended without a byte: nothing is stored');
  }
}

/** A part that is held in memory. */
class HeldPart implements OpenPart {
  readonly #pieces: Buffer[] = [];
  readonly #releases: (() => void)[] = [];
  digest: PartDigest | undefined;

  add(piece: Buffer, release: (() => void) | undefined): void {
    this.#pieces.push(piece);
    if (release !== undefined) this.#releases.push(release);
  }

  bytes(onProgress: (bytes: number) => void): PartBytes {
    const pieces = this.#pieces;
    return {
      ...(this.digest === undefined ? {} : { digest: this.digest }),
      async *[Symbol.asyncIterator]() {
        let passed = 0;
        for (const piece of pieces) {
          passed += piece.length;
          onProgress(passed);
          yield piece;
        }
      },
    };
  }

  close(): void {
    this.#pieces.length = 0;
    for (const release of this.#releases.splice(0)) release();
  }
}
