import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { HealingSource, type HealingSourceOptions } from '../../src/archive/healing-source.ts';
import { SourceFaults } from '../../src/archive/source-faults.ts';
import type { BackupApi } from '../../src/domain/backup-api.ts';
import { ArchiverError } from '../../src/domain/errors.ts';
import { NO_REDACTION } from '../../src/domain/redaction.ts';
import { memoryLog } from '../runtime/memory-log.ts';
import { calm } from '../s3/store-fixture.ts';
import { VirtualClock } from '../scalingo/virtual-clock.ts';
import { SETTINGS, type Workbench } from './workbench.ts';

export interface Delivered {
  readonly bytes: Buffer;
  /** What it ended with; `undefined`: it ended well. */
  readonly error: ArchiverError | undefined;
  readonly source: HealingSource;
}

/** A source over any API, with the settings of a run. */
export function sourceOf(
  api: Pick<BackupApi, 'download'>,
  backupId: string,
  options: Partial<HealingSourceOptions> = {},
): HealingSource {
  const { log } = memoryLog();
  return new HealingSource({
    api,
    backupId,
    expectedSize: null,
    stallTimeout: SETTINGS.stallTimeout,
    maxAttempts: SETTINGS.maxAttempts,
    clock: new VirtualClock({ auto: true }),
    random: () => 0.5,
    log,
    canUnpack: true,
    faults: new SourceFaults(backupId, NO_REDACTION),
    ...options,
  } as HealingSourceOptions);
}

/** Reads a source to its end, well or not. */
export async function drain(source: HealingSource, signal: AbortSignal = calm()): Promise<Delivered> {
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
  options: Partial<HealingSourceOptions> = {},
): Promise<Delivered> {
  const backup = database.backups[0] ?? database.addBackup();
  const { api } = bench.job(database);
  const expectedSize = backup.archive.size;
  return drain(sourceOf(api, backup.id, { expectedSize, clock: bench.clock, ...options }));
}
