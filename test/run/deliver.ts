import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { ArchiverError } from '../../src/model/errors.ts';
import type { BackupReader } from '../../src/ports/backup-source.ts';
import { NO_REDACTION } from '../../src/ports/redaction.ts';
import { ResumingDownload, type ResumingDownloadOptions } from '../../src/run/download/resuming-download.ts';
import { SourceFaults } from '../../src/run/download/source-faults.ts';
import { calm } from '../stores/s3/store-fixture.ts';
import { SETTINGS } from '../support/database-job.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { memoryLog } from '../support/memory-log.ts';
import type { Workbench } from './workbench.ts';

export interface Delivered {
  readonly bytes: Buffer;
  /** What it ended with; `undefined`: it ended well. */
  readonly error: ArchiverError | undefined;
  readonly source: ResumingDownload;
}

/** A source over any API, with the settings of a run. */
export function sourceOf(
  reader: BackupReader,
  backupId: string,
  options: Partial<ResumingDownloadOptions> = {},
): ResumingDownload {
  const { log } = memoryLog();
  return new ResumingDownload({
    reader,
    backupId,
    expectedSize: null,
    stallTimeout: SETTINGS.stallTimeout,
    maxAttempts: SETTINGS.maxAttempts,
    clock: new FakeClock({ auto: true }),
    random: () => 0.5,
    log,
    canUnpack: true,
    faults: new SourceFaults(backupId, 'Scalingo', NO_REDACTION),
    ...options,
  } as ResumingDownloadOptions);
}

/** Reads a source to its end, well or not. */
export async function drain(source: ResumingDownload, signal: AbortSignal = calm()): Promise<Delivered> {
  const chunks: Buffer[] = [];
  let error: ArchiverError | undefined;
  try {
    for await (const chunk of source.bytes(signal)) chunks.push(Buffer.from(chunk));
  } catch (thrown) {
    if (!(thrown instanceof ArchiverError)) throw thrown;
    error = thrown;
  }
  return { bytes: Buffer.concat(chunks), error, source };
}

/**
 * Delivers the archive of a done backup through the real client. By default the size that the API states is
 * expected, as with `transfer.verifySize`.
 */
export async function deliver(
  bench: Workbench,
  database: SimulatedDatabase,
  options: Partial<ResumingDownloadOptions> = {},
): Promise<Delivered> {
  const backup = database.backups[0] ?? database.addBackup();
  const { reader } = bench.job(database);
  const expectedSize = backup.archive.size;
  return drain(sourceOf(reader, backup.id, { expectedSize, clock: bench.clock, ...options }));
}
