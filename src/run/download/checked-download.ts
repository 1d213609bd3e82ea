import { GZIP_MAGIC_LENGTH, hasGzipMagic } from '../../integrity/gzip.ts';
import type { BackupReader, DownloadBody } from '../../ports/backup-source.ts';
import type { SourceFaults } from './source-faults.ts';

export interface HeadCheck {
  readonly faults: SourceFaults;
  /** Milliseconds without a byte. */
  readonly stallTimeout: number;
}

/**
 * Downloads of ranges in which a 200 that is no archive is a failure to be tried again: a source's storage may tell
 * its troubles in a 200. A 200 that is one stays what it is, a
 * range that was not honoured.
 * @throws IntegrityError `archive.not_gzip`, `archive.empty`, `archive.stalled`; what the API raises
 */
export function checkedDownloads(reader: BackupReader, check: HeadCheck): BackupReader {
  return {
    async open(backupId, range, signal) {
      const download = await reader.open(backupId, range, signal);
      if (download.partial) return download;
      try {
        const { body, isEmpty } = await withHeadChecked(download.body, check, signal);
        if (isEmpty) throw check.faults.empty();
        return { ...download, body };
      } catch (error) {
        download.body.destroy();
        throw error;
      }
    },
  };
}

/**
 * Looks at the first bytes of an archive.
 * @returns the body, those bytes included, and whether there are none
 * @throws IntegrityError `archive.not_gzip`, `archive.stalled`; what the body raises; the signal's reason
 */
export async function withHeadChecked(
  body: DownloadBody,
  { faults, stallTimeout }: HeadCheck,
  signal: AbortSignal,
): Promise<{ body: DownloadBody; isEmpty: boolean }> {
  const timer = setTimeout(() => body.destroy(faults.stalled(stallTimeout)), stallTimeout);
  const onAbort = () => body.destroy(signal.reason instanceof Error ? signal.reason : undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const chunks = body[Symbol.asyncIterator]();
    let head: Buffer = Buffer.alloc(0);
    while (head.length < GZIP_MAGIC_LENGTH) {
      const step = await chunks.next();
      if (step.done === true) break;
      head = Buffer.concat([head, step.value]);
    }
    if (head.length >= GZIP_MAGIC_LENGTH && !hasGzipMagic(head)) throw faults.notGzip(head);
    return { body: begunWith(head, chunks, body), isEmpty: head.length === 0 };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** A body whose first bytes have been read already. No generator, which would cost at every chunk. */
function begunWith(head: Buffer, rest: AsyncIterator<Buffer>, body: DownloadBody): DownloadBody {
  let isHeadLeft = head.length > 0;
  const next = (): Promise<IteratorResult<Buffer>> => {
    if (!isHeadLeft) return rest.next();
    isHeadLeft = false;
    return Promise.resolve({ done: false, value: head });
  };
  const end = async (): Promise<IteratorResult<Buffer>> => {
    await rest.return?.();
    return { done: true, value: undefined };
  };
  return {
    [Symbol.asyncIterator]: () => ({ next, return: end }),
    keep: (chunk) => body.keep?.(chunk),
    destroy: (error) => body.destroy(error),
  };
}
