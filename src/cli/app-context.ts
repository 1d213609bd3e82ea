import { randomUUID } from 'node:crypto';
import type { Config, DatabaseConfig } from '../config/schema/config.ts';
import { readCaFile } from '../config/sources/ca-file.ts';
import type { EventDispatcher } from '../observability/event-dispatcher.ts';
import type { Heartbeats } from '../observability/health/heartbeats.ts';
import type { Notifier } from '../observability/notify/notifier.ts';
import type { ArchiveStore } from '../ports/archive-store.ts';
import type { BackupSource } from '../ports/backup-source.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { EventContext } from '../ports/events.ts';
import type { LeaseStore } from '../ports/lease.ts';
import type { SourceInspection } from '../ports/source-inspection.ts';
import type { TransferProgress } from '../ports/transfer-progress.ts';
import { processIdentity } from '../process/process-identity.ts';
import { Proxies } from '../proxy/http-proxy.ts';
import type { Scrubber } from '../redaction/output-scrubber.ts';
import type { DatabaseJob } from '../run/database-job.ts';
import { ScalingoSession } from '../sources/scalingo/session.ts';
import { S3ArchiveStore } from '../stores/s3/s3-archive-store.ts';
import type { S3Options } from '../stores/s3/s3-options.ts';

/** What one process needs of the outside world. */
export interface AppContext extends EventDispatcher {
  readonly clock: Clock;
  readonly random: Random;
  readonly scrubber: Scrubber;
  readonly progress: (log: EventLog) => TransferProgress;
  /** The same for what is no transfer into the bucket; absent where none is counted. */
  readonly uncounted?: AppContext['progress'];
  readonly version: string;
  /** Where loops say that they run; absent where health is not served. */
  readonly heartbeats?: Heartbeats;
  /** What receives reports of runs; absent where nothing is configured. */
  readonly notifier?: Notifier;
}

type LeasingStore = ArchiveStore & { readonly leases: LeaseStore };

/** The adapters of one process: one source, one limiter and one store for all its databases. */
export interface Adapters {
  readonly source: BackupSource;
  readonly store: LeasingStore & {
    /** The same store, whose requests speak to the log of one run. */
    heardBy(log: EventLog): LeasingStore;
  };
  close(): void;
}

/** The same, for what looks at them before a run. */
export interface InspectedAdapters extends Adapters {
  readonly source: BackupSource & SourceInspection;
  readonly store: S3ArchiveStore;
}

export function openStore(
  config: Config,
  { clock, scrubber }: Pick<AppContext, 'clock' | 'scrubber'>,
): S3ArchiveStore {
  return new S3ArchiveStore(s3Options(config), clock, scrubber);
}

/** @param attempts tries of one call to the source, where fewer than usual */
export function openAdapters(config: Config, context: AppContext, attempts?: number): InspectedAdapters {
  const store = openStore(config, context);
  const source = new ScalingoSession({
    ...config.scalingo,
    proxies: new Proxies(config.proxy),
    userAgent: `backup-archiver/${context.version}`,
    clock: context.clock,
    random: context.random,
    log: context.log,
    redaction: context.scrubber,
    attempts,
  });
  return {
    source,
    store,
    close: () => {
      source.close();
      store.close();
    },
  };
}

/**
 * One run's jobs, for the chosen databases.
 * @param options `since`: a database that has an archive made at this time or later is done; `slotBegan`: a backup made
 *   since then is the one of this slot, by default since `since`
 */
export function openJobs(
  config: Config,
  databases: readonly DatabaseConfig[],
  adapters: Adapters,
  context: AppContext,
  {
    fields = {},
    since,
    slotBegan = since,
  }: {
    readonly fields?: EventContext;
    readonly since?: Date | undefined;
    readonly slotBegan?: Date | undefined;
  } = {},
): { log: EventLog; jobs: DatabaseJob[] } {
  const runId = randomUUID();
  const identity = processIdentity(runId);
  const log = context.log.child({ runId, ...fields });
  const jobs = databases.map((database): DatabaseJob => {
    const ownLog = log.child({ database: database.name });
    const store = adapters.store.heardBy(ownLog);
    const found = adapters.source.database({ app: database.app, id: database.id, log: ownLog });
    return {
      name: database.name,
      app: database.app ?? null,
      sourceId: database.id,
      settings: {
        ...database.backup,
        ...config.transfer,
        maxUploadAge: config.s3.maxUploadAge,
        sizeDrop: config.alarm.sizeDrop,
        slotBegan,
        since,
      },
      catalogue: found,
      reader: found,
      store,
      leases: store.leases,
      holder: identity,
      retention: database.retention,
      allowMassDeletion: database.retention.allowMassDeletion,
      clock: context.clock,
      random: context.random,
      log: ownLog,
      progress: context.progress(ownLog),
      redaction: context.scrubber,
      version: context.version,
    };
  });
  return { log, jobs };
}

function s3Options({ s3, proxy }: Config): S3Options {
  const { caFile, ...rest } = s3;
  return { ...rest, proxies: new Proxies(proxy), ca: caFile === undefined ? undefined : readCaFile(caFile) };
}
