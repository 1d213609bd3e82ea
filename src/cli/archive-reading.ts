import type { Config } from '../config/schema/config.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Reading } from '../recovery/download/fetch-block.ts';
import type { FoundArchive } from '../recovery/find-archive.ts';
import type { Adapters, AppContext } from './app-context.ts';

/** Blocks that are fetched at once, unless `s3.concurrency` says otherwise. */
const CONNECTIONS = 4;

/** An archive on its way back, and where it shows how far it is. */
export interface ShownReading {
  readonly reading: Reading;
  /** So many bytes were there before. */
  readonly found: (bytes: number) => void;
  /** It is over, well or not. */
  readonly end: () => void;
}

/** Reads an archive back with the settings of a transfer. */
export function openReading(
  found: FoundArchive,
  store: Pick<Adapters['store'], 'heardBy'>,
  log: EventLog,
  { config, context }: { readonly config: Config; readonly context: AppContext },
): ShownReading {
  const meter = context.progress(log).begin(found.archive.database, found.manifest.size);
  let through = 0;
  const reading: Reading = {
    ...found,
    store: store.heardBy(log),
    stallTimeout: config.transfer.stallTimeout,
    maxAttempts: config.transfer.maxAttempts,
    connections: config.s3.concurrency ?? CONNECTIONS,
    clock: context.clock,
    random: context.random,
    log,
    onBytes: (more) => {
      through += more;
      meter.report(through);
    },
  };
  return {
    reading,
    found: (bytes) => {
      through = bytes;
      meter.found(bytes);
    },
    end: () => meter.end(),
  };
}
