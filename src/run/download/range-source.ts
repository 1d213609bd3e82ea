import { GZIP_MAGIC_LENGTH, hasGzipMagic } from '../../integrity/gzip.ts';
import { hasCode, hasKind, IntegrityError } from '../../model/errors.ts';
import type { BackupReader, Download } from '../../ports/backup-source.ts';
import { Attempts, type AttemptsOptions } from './attempts.ts';
import type { Seams } from './seams.ts';
import { readWatched } from './stall-watch.ts';

export interface RangeSourceOptions extends AttemptsOptions {
  readonly reader: BackupReader;
  /** First and last byte, inclusive. */
  readonly start: number;
  readonly end: number;
  /** Bytes of the whole archive, and what stands for exactly this archive: both proved by the first response. */
  readonly totalSize: number;
  readonly validator: string;
  /** Notes which responses the bytes come from. */
  readonly seams: Seams;
  /** Whether a response without the content tag of the others may be used: the archive is unpacked then. */
  readonly canUnpack: boolean;
  /** Milliseconds without a byte while one is waited for. */
  readonly stallTimeout: number;
  /** A download of this range that has been opened already: the first connection. */
  readonly first?: Download | undefined;
  readonly onProgress: (delivered: number) => void;
}

/**
 * The bytes of one range of an archive, from first to last, over as many connections as it takes. Only for
 * a server that has proved ranges: one that stops honouring them, or serves another archive, ends it.
 * @throws IntegrityError `archive.source_changed`, `archive.not_gzip`, `archive.source_failed`, …; what the
 *   API answers once and for all; the signal's reason
 */
export async function* rangeBytes(options: RangeSourceOptions, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { start, end, onProgress } = options;
  const attempts = new Attempts(options);
  const size = end - start + 1;
  let delivered = 0;
  let { first } = options;
  let linkFailed = false;
  while (delivered < size) {
    signal.throwIfAborted();
    let body: Download['body'] | undefined;
    try {
      const download = first ?? (await open(options, start + delivered, linkFailed, signal));
      first = undefined;
      body = download.body;
      checkResponse(options, download, start + delivered);
      options.seams.join(download);
      for await (const chunk of readWatched(body, options.stallTimeout, options.faults, signal)) {
        if (start + delivered === 0) checkMagic(options, chunk);
        delivered += chunk.length;
        if (delivered > size) throw options.faults.tooLong(end + 1);
        onProgress(delivered);
        yield chunk;
      }
      if (delivered < size) throw options.faults.truncated(end + 1, start + delivered);
    } catch (error) {
      // Cut between the last byte and the end: nothing is missing.
      if (delivered === size && !signal.aborted) return;
      linkFailed = hasKind(error, 'link-refused');
      await attempts.failed(error, delivered, signal);
    } finally {
      body?.destroy();
    }
  }
}

/**
 * Opens a range of a server that has proved ranges. One that is not honoured is asked for once more, by a fresh link:
 * one server among many may not know them. Twice, it is another archive.
 */
async function open(
  options: RangeSourceOptions,
  start: number,
  freshLink: boolean,
  signal: AbortSignal,
  isSecond = false,
): Promise<Download> {
  const { reader, backupId, end, validator, faults } = options;
  let why = 'its server no longer honours ranges';
  try {
    const download = await reader.open(backupId, { start, end, validator, freshLink }, signal);
    if (download.partial) return download;
    download.body.destroy();
  } catch (error) {
    if (!hasKind(error, 'range-refused')) throw error;
    why = error.message;
  }
  if (isSecond) throw faults.changed(why);
  return open(options, start, true, signal, true);
}

/** A range that is answered otherwise than the first one is of another archive. */
function checkResponse(
  { faults, totalSize, validator, seams, canUnpack }: RangeSourceOptions,
  download: Download,
  start: number,
): void {
  if (download.start !== start)
    throw faults.changed(`asked for byte ${start}, was given byte ${download.start}`);
  if (download.totalSize !== null && download.totalSize !== totalSize) {
    throw faults.changed(`it has ${download.totalSize} bytes now, not ${totalSize}`);
  }
  if (download.validator !== null && download.validator !== validator) {
    throw faults.changed('its validator (ETag or Last-Modified) is another one');
  }
  if (!canUnpack && !seams.vouchesFor(download)) {
    throw faults.changed('one of its responses does not have the strong ETag of the others');
  }
}

/** The first chunk of a network stream has more than three bytes, or the archive has no more. */
function checkMagic({ faults }: RangeSourceOptions, head: Buffer): void {
  if (head.length >= GZIP_MAGIC_LENGTH && !hasGzipMagic(head)) throw faults.notGzip(head);
  if (head.length < GZIP_MAGIC_LENGTH && head[0] !== 0x1f) throw faults.notGzip(head);
}

/** Whether an error says that the archive is not what it was: no part of it may be kept. */
export function isIntegrityFault(error: unknown): boolean {
  return error instanceof IntegrityError && !hasCode(error, 'archive.source_failed', 'archive.stalled');
}
