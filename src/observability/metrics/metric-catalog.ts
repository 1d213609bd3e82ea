import { FAILURE_PHASES } from './failure-phase.ts';

/** A metric as Prometheus and docs/metrics.md show it. */
export interface MetricDescription {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly labels: readonly string[];
  /** One sentence; it is the page's `# HELP`. */
  readonly help: string;
  /** Upper bounds of a histogram's buckets, in its own unit. */
  readonly buckets?: readonly number[];
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
/** From a run that finds everything archived to half a terabyte. */
const BUCKETS = [
  5,
  15,
  30,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  24 * HOUR,
];

/**
 * Every metric of our own. Names and units follow https://prometheus.io/docs/practices/naming/. They are a contract:
 * the chart's rules and dashboard, and those of users, refer to them.
 */
export const METRICS = {
  backup_archiver_build_info: {
    type: 'gauge',
    labels: ['version'],
    help: 'Always 1; the version that runs is its label.',
  },
  backup_archiver_newest_archive_timestamp_seconds: {
    type: 'gauge',
    labels: ['database'],
    help: 'When the backup in the newest proven archive was made, as Unix time; 0 where the bucket has no archive.',
  },
  backup_archiver_newest_archive_size_bytes: {
    type: 'gauge',
    labels: ['database'],
    help: 'Size of the newest proven archive; 0 where the bucket has none.',
  },
  backup_archiver_last_success_timestamp_seconds: {
    type: 'gauge',
    labels: ['database'],
    help: 'When a run last succeeded, as Unix time: it archived, or found everything archived.',
  },
  backup_archiver_last_run_timestamp_seconds: {
    type: 'gauge',
    labels: ['database'],
    help: 'When a run last ended, well or not, as Unix time.',
  },
  backup_archiver_last_run_success: {
    type: 'gauge',
    labels: ['database'],
    help: 'Whether the last run of this process succeeded: 1 or 0.',
  },
  backup_archiver_run_duration_seconds: {
    type: 'histogram',
    labels: ['database'],
    help: 'How long runs took, the wait for the backup included.',
    buckets: BUCKETS,
  },
  backup_archiver_archive_duration_seconds: {
    type: 'histogram',
    labels: ['database'],
    help: 'How long the copy and the proof of an archive took.',
    buckets: BUCKETS,
  },
  backup_archiver_transferred_bytes_total: {
    type: 'counter',
    labels: ['database'],
    help: 'Bytes of archives that were read from the source and written to the bucket.',
  },
  backup_archiver_running_transfers: {
    type: 'gauge',
    labels: ['database'],
    help: 'Archives that are being copied now.',
  },
  backup_archiver_retries_total: {
    type: 'counter',
    labels: ['database'],
    help: 'Attempts that had to be repeated within a run.',
  },
  backup_archiver_interrupted_runs_total: {
    type: 'counter',
    labels: ['database'],
    help: 'Runs that a signal cut short, which is no failure.',
  },
  backup_archiver_failures_total: {
    type: 'counter',
    labels: ['database', 'phase'],
    help: `Runs that failed, by the phase they failed in: ${FAILURE_PHASES.join(', ')}.`,
  },
  backup_archiver_last_verification_timestamp_seconds: {
    type: 'gauge',
    labels: ['database'],
    help: 'When an archive was last read back or restored and found whole, as Unix time.',
  },
  backup_archiver_last_restore_test_timestamp_seconds: {
    type: 'gauge',
    labels: ['database'],
    help: 'When a restore test of an archive last succeeded, as Unix time.',
  },
  backup_archiver_unverified_archives: {
    type: 'gauge',
    labels: ['database'],
    help: 'Archives that were not found whole for longer than verify.maxAge; absent where that is not set.',
  },
  backup_archiver_damaged_archives: {
    type: 'gauge',
    labels: ['database'],
    help: 'Archives that were found damaged when they were last read back or restored, and those whose object is gone.',
  },
  backup_archiver_verify_failures_total: {
    type: 'counter',
    labels: ['database'],
    help: 'Archives that were found damaged, or could not be read, when their turn came.',
  },
  backup_archiver_notification_failures_total: {
    type: 'counter',
    labels: ['target'],
    help: 'Notifications that were not delivered, by target: ping, webhook.',
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;

export type MetricName = keyof typeof METRICS;
