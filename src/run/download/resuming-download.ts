import { PartDigests } from '../../integrity/checksum.ts';
import { GZIP_MAGIC_LENGTH, hasGzipMagic } from '../../integrity/gzip.ts';
import { hasCode, hasKind } from '../../model/errors.ts';
import type { BackupReader, Download, DownloadBody } from '../../ports/backup-source.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { Attempts } from './attempts.ts';
import { Seams } from './seams.ts';
import type { SourceFaults } from './source-faults.ts';
import { readWatched } from './stall-watch.ts';

export interface ResumingDownloadOptions {
  readonly reader: BackupReader;
  readonly backupId: string;
  /** Says what is wrong with its bytes. Default: one that masks no secret. */
  readonly faults: SourceFaults;
  /** Bytes that the archive must have; `null` where only the response's own length can say. */
  readonly expectedSize: number | null;
  /** Milliseconds without a byte while one is waited for. */
  readonly stallTimeout: number;
  /** Attempts in a row without a new byte before it is given up. */
  readonly maxAttempts: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: EventLog;
  /** A download of the whole that has been opened already: the first connection. */
  readonly first?: Download | undefined;
  /**
   * Whether the stored archive can be read again to be unpacked. If not, a download without a content tag is
   * never joined to another one: it is read from its beginning again and compared.
   */
  readonly canUnpack: boolean;
  /** Take the checksums of what is delivered. Default: the CRC32 of the whole. */
  readonly digests?: PartDigests;
  /** Called with the bytes delivered so far. */
  readonly onProgress?: (bytes: number) => void;
}

/**
 * One archive's bytes, from first to last, over as many connections as it takes. A broken or stalled
 * download is asked for again with a fresh link, from where it broke; a server that ignores `Range` is read
 * from the start again, its prefix compared with what was delivered and thrown away.
 *
 * What it delivers begins as gzip does and has exactly the expected length, or it throws before its end:
 * - `archive.not_gzip`, `archive.truncated`, `archive.source_failed` after `maxAttempts` without progress;
 * - `archive.size_mismatch`, `archive.too_long`, `archive.source_changed`, `archive.unframed` at once;
 * - what the source answers once and for all (no such backup, no right).
 */
export class ResumingDownload {
  readonly #options: ResumingDownloadOptions;
  readonly #faults: SourceFaults;
  #first: Download | undefined;
  #expectedSize: number | null;
  #delivered = 0;
  readonly #digests: PartDigests;
  #body: DownloadBody | undefined;
  #validator: string | null = null;
  /** Whether the validator is a content tag, and not a Last-Modified. */
  #hasContentTag = false;
  readonly #seams = new Seams();
  /** The server answers ranges with 416: from then on the whole is asked for. */
  #rangesRefused = false;

  constructor(options: ResumingDownloadOptions) {
    this.#options = options;
    this.#faults = options.faults;
    this.#expectedSize = options.expectedSize;
    this.#first = options.first;
    this.#digests = options.digests ?? new PartDigests('CRC32', Number.POSITIVE_INFINITY);
  }

  /** Bytes delivered. */
  get delivered(): number {
    return this.#delivered;
  }

  /**
   * Whether the bytes count only once the archive was unpacked: for their seams (see `Seams`), and where neither the API
   * nor a length says how many they are. Chunks end in good order, too, where a proxy was given half of an archive.
   */
  get needsUnpacking(): boolean {
    return this.#seams.needsUnpacking || this.#expectedSize === null;
  }

  /** Checksums of the bytes delivered. */
  get digests(): PartDigests {
    return this.#digests;
  }

  /** Leaves the newest chunk to its reader until the returned function is called, once; see `DownloadBody`. */
  keep(chunk: Buffer): (() => void) | undefined {
    return this.#body?.keep?.(chunk);
  }

  /** The bytes. To be iterated once. */
  async *bytes(signal: AbortSignal): AsyncGenerator<Buffer> {
    const attempts = new Attempts({ ...this.#options, faults: this.#faults });
    for (;;) {
      signal.throwIfAborted();
      try {
        yield* this.#oneConnection(signal);
        return;
      } catch (error) {
        // Cut between the last byte and the end: nothing is missing.
        const isWhole = this.#delivered === this.#expectedSize && !hasCode(error, 'archive.too_long');
        if (isWhole && !signal.aborted) return;
        await attempts.failed(error, this.#delivered, signal);
      }
    }
  }

  async *#oneConnection(signal: AbortSignal): AsyncGenerator<Buffer> {
    let download = this.#takeFirst() ?? (await this.#open(signal));
    try {
      if (download.start > 0 && !this.#options.canUnpack && !this.#seams.vouchesFor(download)) {
        download.body.destroy();
        this.#rangesRefused = true;
        download = await this.#open(signal);
      }
      this.#body = download.body;
      this.#inspect(download);
      if (download.start > 0) this.#checkTotal(download);
      if (this.#delivered === 0) this.#seams.begin(download);
      else if (download.start > 0) this.#seams.join(download);
      const passing = new Passing(this.#delivered - download.start, this.#digests.anew());
      for await (const chunk of readWatched(
        download.body,
        this.#options.stallTimeout,
        this.#faults,
        signal,
      )) {
        const begun = download.start > 0 ? chunk : this.#begin(chunk, passing, download);
        const next = begun === undefined ? undefined : this.#rewind(begun, passing, download);
        if (next === undefined) continue;
        this.#deliver(next);
        yield next;
      }
      if (download.start === 0 && !passing.isBegun) this.#checkMagic(passing.head);
      // Where nothing tells the size, an end before that of the first time would pass for the archive's own.
      if (passing.ahead > 0) {
        const size = this.#expectedSize ?? this.#delivered;
        throw this.#faults.truncated(size, this.#delivered - passing.ahead);
      }
      this.#checkEnd();
    } finally {
      download.body.destroy();
    }
  }

  async #open(signal: AbortSignal): Promise<Download> {
    const { reader, backupId } = this.#options;
    const start = this.#rangesRefused ? 0 : this.#delivered;
    const validator = this.#validator === null ? {} : { validator: this.#validator };
    try {
      return await reader.open(backupId, { start, ...validator }, signal);
    } catch (error) {
      if (start === 0 || !hasKind(error, 'range-refused')) throw error;
      // 416 with the total (RFC 9110 §14.4): nothing comes after what is there, so it was cut at its very end.
      if (error.details.totalSize === start) this.#expectedSize ??= start;
      if (this.#delivered === this.#expectedSize) throw error;
      this.#rangesRefused = true;
      return this.#open(signal);
    }
  }

  #takeFirst(): Download | undefined {
    const first = this.#first;
    this.#first = undefined;
    return first;
  }

  /** What the headers alone tell. */
  #inspect(download: Download): void {
    if (download.start !== 0 && download.start !== this.#delivered) {
      throw this.#faults.changed(`asked for byte ${this.#delivered}, was given byte ${download.start}`);
    }
    const { partial, validator, contentTag } = download;
    // A content tag and a Last-Modified cannot be compared: then the seam between the two has to be shown to fit.
    const isComparable = this.#hasContentTag === (contentTag !== null) && validator !== null;
    if (partial && isComparable && this.#validator !== null && validator !== this.#validator) {
      throw this.#faults.changed('its validator (ETag or Last-Modified) is another one');
    }
    if (validator === null) return;
    // A 200 that begins again may have a new one: its bytes tell whether it is the same archive.
    this.#validator = validator;
    this.#hasContentTag = contentTag !== null;
  }

  /** Looks at the first bytes of the archive before a single one is passed on. @returns what may be */
  #begin(chunk: Buffer, passing: Passing, download: Download): Buffer | undefined {
    if (passing.isBegun) return chunk;
    const { head } = passing;
    // Copied: the next chunk may come in the memory of this one.
    passing.head =
      head.length === 0 && chunk.length >= GZIP_MAGIC_LENGTH ? chunk : Buffer.concat([head, chunk]);
    if (passing.head.length < GZIP_MAGIC_LENGTH) return undefined;
    this.#checkMagic(passing.head);
    this.#checkTotal(download);
    passing.isBegun = true;
    return passing.head;
  }

  #checkMagic(head: Buffer): void {
    if (head.length === 0) throw this.#faults.empty();
    if (!hasGzipMagic(head)) throw this.#faults.notGzip(head);
  }

  #checkTotal({ totalSize, framed }: Download): void {
    if (this.#expectedSize !== null) {
      if (totalSize !== null && totalSize !== this.#expectedSize) {
        throw this.#faults.sizeMismatch(this.#expectedSize, totalSize);
      }
      return;
    }
    if (totalSize === null && !(framed && this.#options.canUnpack)) throw this.#faults.unframed();
    this.#expectedSize = totalSize;
  }

  /** Of a body that began at 0 again: compares what was delivered before, and drops it. @returns what is new */
  #rewind(chunk: Buffer, passing: Passing, download: Download): Buffer | undefined {
    if (passing.ahead === 0) return chunk;
    const again = chunk.subarray(0, passing.ahead);
    passing.digests.update(again);
    passing.ahead -= again.length;
    if (passing.ahead > 0) return undefined;
    if (!passing.digests.equals(this.#digests))
      throw this.#faults.changed('its first bytes are not those of the first time');
    this.#seams.begin(download);
    return chunk.length > again.length ? chunk.subarray(again.length) : undefined;
  }

  #deliver(chunk: Buffer): void {
    if (this.#expectedSize !== null && this.#delivered + chunk.length > this.#expectedSize) {
      throw this.#faults.tooLong(this.#expectedSize);
    }
    this.#digests.update(chunk);
    this.#delivered += chunk.length;
    this.#options.onProgress?.(this.#delivered);
  }

  #checkEnd(): void {
    if (this.#expectedSize === null || this.#delivered === this.#expectedSize) return;
    throw this.#faults.truncated(this.#expectedSize, this.#delivered);
  }
}

/** The bytes of one connection on their way. */
class Passing {
  /** The first bytes, until there are enough of them. */
  head: Buffer = Buffer.alloc(0);
  isBegun = false;
  /** Bytes that come again, of those that were delivered before. */
  ahead: number;
  /** Of those that have come again. */
  readonly digests: PartDigests;

  constructor(ahead: number, digests: PartDigests) {
    this.ahead = ahead;
    this.digests = digests;
  }
}
