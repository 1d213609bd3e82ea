import type { ByteCount } from './byte-count.ts';
import type { Credentials, SimulationClock } from './credentials.ts';
import type { Fault } from './fault.ts';
import type { FaultQueue } from './fault-queue.ts';
import type { RateLimit } from './rate-limiter.ts';
import type { RecordedRequest, RequestLog } from './request-log.ts';
import type { SimulatedDatabase } from './simulated-database.ts';

/** What the services of one simulated Scalingo share. */
export interface ServiceState {
  readonly clock: SimulationClock;
  readonly credentials: Credentials;
  readonly databases: ReadonlyMap<string, SimulatedDatabase>;
  readonly log: RequestLog;
  readonly faults: FaultQueue;
  /** Milliseconds. */
  readonly tokenLifetimeMs: number;
  readonly addonTokenLifetimeMs: number;
  /** Holds for all calls but downloads; `undefined`: none. */
  readonly rateLimit: RateLimit | undefined;
  /** Looks at every call before the queues: a fault that it returns is met. */
  readonly intercept: (request: RecordedRequest) => Fault | undefined;
  activeDownloads: number;
  peakDownloads: number;
  readonly served: ByteCount;
  readonly authUrl: string;
  readonly apiUrl: string;
  readonly databaseApiUrl: string;
  readonly storageUrl: string;
}
