import { hasKind } from '../../model/errors.ts';
import type { BackupReader, Download } from '../../ports/backup-source.ts';
import { Attempts, type AttemptsOptions } from './attempts.ts';
import { withHeadChecked } from './checked-download.ts';

export interface OpenFirstOptions extends AttemptsOptions {
  readonly reader: BackupReader;
  /** Bytes of the first range; `undefined`: the whole is asked for. */
  readonly partSize: number | undefined;
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
  const { reader, backupId, partSize } = options;
  const attempts = new Attempts(options);
  let range: { start: 0; end?: number } = {
    start: 0,
    ...(partSize === undefined ? {} : { end: partSize - 1 }),
  };
  for (;;) {
    let download: Download | undefined;
    try {
      download = await reader.open(backupId, { ...range, freshLink: true }, signal);
      if (download.partial) return download;
      // An empty body is for its reader to judge.
      const { body } = await withHeadChecked(download.body, options, signal);
      return { ...download, body };
    } catch (error) {
      download?.body.destroy();
      if (range.end !== undefined && hasKind(error, 'range-refused')) range = { start: 0 };
      else await attempts.failed(error, 0, signal);
    }
  }
}
