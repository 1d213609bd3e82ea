import type { BackupApi, Download, DownloadBody } from '../domain/backup-api.ts';
import { hasCode } from '../domain/errors.ts';
import { GZIP_MAGIC_LENGTH, hasGzipMagic } from '../domain/gzip.ts';
import { Attempts, type AttemptsOptions } from './attempts.ts';

export interface OpenFirstOptions extends AttemptsOptions {
  readonly api: Pick<BackupApi, 'download'>;
  /** Bytes of the first range. */
  readonly partSize: number;
  /** Milliseconds without a byte. */
  readonly stallTimeout: number;
}

/**
 * The first download of an archive, which shows what its server can do: a range is asked for, and the whole
 * where that is refused. It decides for all that follows, so an error text in its place is asked again and
 * not taken for a server without ranges.
 * @throws what the API answers once and for all; the last failure after `maxAttempts`; the signal's reason
 */
export async function openFirst(options: OpenFirstOptions, signal: AbortSignal): Promise<Download> {
  const { api, backupId, partSize } = options;
  const attempts = new Attempts(options);
  let range: { start: 0; end?: number } = { start: 0, end: partSize - 1 };
  for (;;) {
    let download: Download | undefined;
    try {
      download = await api.download(backupId, { ...range, freshLink: true }, signal);
      if (download.partial) return download;
      return { ...download, body: await withHeadChecked(options, download.body, signal) };
    } catch (error) {
      download?.body.destroy();
      if (range.end !== undefined && hasCode(error, 'scalingo.range_refused')) range = { start: 0 };
      else await attempts.failed(error, 0, signal);
    }
  }
}

/**
 * Looks at the first bytes. An empty body is for its reader to judge.
 * @returns the body, those bytes included
 */
async function withHeadChecked(
  { faults, stallTimeout }: OpenFirstOptions,
  body: DownloadBody,
  signal: AbortSignal,
): Promise<DownloadBody> {
  const chunks = body[Symbol.asyncIterator]();
  const destroyOn = (error: () => unknown) => () => body.destroy(error() as Error);
  const timer = setTimeout(
    destroyOn(() => faults.stalled(stallTimeout)),
    stallTimeout,
  );
  const onAbort = destroyOn(() => signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const head: Buffer[] = [];
    let length = 0;
    while (length < GZIP_MAGIC_LENGTH) {
      const step = await chunks.next();
      if (step.done === true) break;
      head.push(Buffer.from(step.value));
      length += step.value.length;
    }
    const bytes = Buffer.concat(head);
    if (length >= GZIP_MAGIC_LENGTH && !hasGzipMagic(bytes)) throw faults.notGzip(bytes);
    return begunWith(bytes, chunks, body);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** A body whose first bytes have been read already. */
function begunWith(head: Buffer, rest: AsyncIterator<Buffer>, body: DownloadBody): DownloadBody {
  return {
    async *[Symbol.asyncIterator]() {
      if (head.length > 0) yield head;
      yield* { [Symbol.asyncIterator]: () => rest };
    },
    destroy: (error) => body.destroy(error),
  };
}
