import { NO_REDACTION } from '../../src/ports/redaction.ts';
import type { RetentionPolicy } from '../../src/retention/retention-policy.ts';
import type { DatabaseJob, JobSettings } from '../../src/run/database-job.ts';
import { memoryLog } from './memory-log.ts';

/** Milliseconds. */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** As the configuration has them, where it says nothing else. */
export const SETTINGS: JobSettings = {
  mode: 'create',
  reuseWithin: HOUR,
  pollInterval: 15 * SECOND,
  timeout: 6 * HOUR,
  stallTimeout: MINUTE,
  maxAttempts: 8,
  verifySize: true,
  maxUploadAge: 7 * DAY,
  sizeDrop: 0.5,
};

/** Keeps everything. */
export const KEEP_ALL: RetentionPolicy = {
  keepLast: 0,
  keepDaily: 0,
  keepWeekly: 0,
  keepMonthly: 0,
  keepYearly: 0,
  keepWithin: undefined,
  minKeep: 1,
  timezone: 'UTC',
};

/** What a job does not have by itself. */
type Needed = 'app' | 'sourceId' | 'catalogue' | 'reader' | 'store' | 'clock';

/** The job of one database, named by its application; of leases and of their holder it reaches what is given. */
export function jobOf(parts: Pick<DatabaseJob, Needed> & Partial<DatabaseJob>): DatabaseJob {
  return {
    name: parts.app ?? parts.sourceId,
    settings: SETTINGS,
    random: () => 0.5,
    log: memoryLog().log,
    progress: { begin: () => ({ found() {}, report() {}, end() {} }) },
    redaction: NO_REDACTION,
    version: '0.0.0-test',
    retention: KEEP_ALL,
    allowMassDeletion: false,
    leases: unused(),
    holder: unused(),
    ...parts,
  };
}

/** A part of the job that nothing here reaches. */
function unused<Part extends object>(): Part {
  return new Proxy({} as Part, {
    get: (_, name) => {
      throw new Error(`the test was not to reach ${String(name)}`);
    },
  });
}
