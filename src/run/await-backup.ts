import { type Backup, phaseOf } from '../model/backup.ts';
import { ArchiverError, SourceError } from '../model/errors.ts';
import { formatDuration } from '../text/duration.ts';
import type { DatabaseJob } from './database-job.ts';

/** A backup just created may be missing from a replica's list; one missing this often in a row is gone. */
const MISSING_POLLS = 3;
/** A wait of hours does not end by one refusal: so many polls in a row must be refused. */
const REFUSED_POLLS = 3;
/** A wait says so often, in milliseconds, that it goes on: a silent log of hours looks like a hang. */
const SAID_EVERY = 5 * 60_000;

/**
 * Polls the list endpoint until a backup is done.
 * @throws ArchiverError `backup.failed` (the API says `error` or `cancelled`), `backup.vanished`,
 *   `backup.timeout`; each names the backup
 */
export async function awaitBackup(job: DatabaseJob, wanted: Backup, signal: AbortSignal): Promise<Backup> {
  const { clock, log, settings } = job;
  const begun = clock.now();
  // A clock that was set back would make the wait longer: what was slept counts too.
  let slept = 0;
  let missing = 0;
  let refused = 0;
  let lastStatus: string | undefined;
  /** Of the wait, in milliseconds, when it was last said. */
  let said = 0;
  for (;;) {
    const { backup, status, refusal } = await look(job, wanted, signal);
    refused = refusal === undefined ? 0 : refused + 1;
    if (refused >= REFUSED_POLLS) throw refusal;
    const waitedMs = Math.max(clock.now() - begun, slept);
    missing = status === 'missing' ? missing + 1 : 0;
    if (missing >= MISSING_POLLS) throw vanished(wanted);
    if (backup !== undefined && phaseOf(backup) === 'failed') throw failed(job, backup);
    if (backup !== undefined && phaseOf(backup) === 'done') {
      log.info('backup.done', { backupId: backup.id, bytes: backup.size, durationMs: waitedMs });
      return backup;
    }
    const fields = { backupId: wanted.id, status, waitedMs };
    // Hours of waiting are thousands of polls: a line for each change, the rest for readers who want detail.
    if (status === lastStatus) log.debug('backup.polled', fields);
    else log.info('backup.polled', fields);
    lastStatus = status;
    if (waitedMs - said >= SAID_EVERY) {
      said = waitedMs;
      const most = settings.timeout;
      log.info(
        'backup.waiting',
        { ...fields, timeoutMs: most },
        `backup ${wanted.id} is "${status}" after ${formatDuration(waitedMs)}: waiting for up to ${formatDuration(most)}`,
      );
    }
    if (waitedMs + settings.pollInterval > settings.timeout) throw timedOut(wanted, status, settings.timeout);
    await clock.sleep(settings.pollInterval, signal);
    slept += settings.pollInterval;
  }
}

/**
 * The backup as the list has it. While the API is out for longer than the client's own retries its status is
 * `unknown`: the backup goes on without us, and the deadline bounds the wait.
 * @returns also a `refusal` that no other try will change, if it is not an error by itself
 */
async function look(
  job: DatabaseJob,
  wanted: Backup,
  signal: AbortSignal,
): Promise<{ backup?: Backup; status: string; refusal?: SourceError }> {
  try {
    const backup = (await job.catalogue.list(signal)).find(({ id }) => id === wanted.id);
    return backup === undefined ? { status: 'missing' } : { backup, status: backup.status };
  } catch (error) {
    if (signal.aborted || !(error instanceof SourceError) || error.kind === 'unauthorized') throw error;
    job.log.warn(
      'backup.poll_failed',
      { backupId: wanted.id, error },
      'the list cannot be read: asking again',
    );
    return { status: 'unknown', ...(error.retryable ? {} : { refusal: error }) };
  }
}

function failed(job: DatabaseJob, backup: Backup): ArchiverError {
  const { serviceName } = job.catalogue;
  const error = new ArchiverError(
    'backup.failed',
    `${serviceName} ended backup ${backup.id} with status "${backup.status}"`,
    {
      hint: `${serviceName} gives no reason. Look at the database in its dashboard; the next run makes another.`,
      details: { backupId: backup.id, status: backup.status },
    },
  );
  job.log.error('backup.failed', { backupId: backup.id, status: backup.status, error });
  return error;
}

function vanished(backup: Backup): ArchiverError {
  return new ArchiverError('backup.vanished', `backup ${backup.id} is no longer in the list`, {
    hint: 'It was deleted, or newer manual backups pushed it out.',
    details: { backupId: backup.id },
  });
}

function timedOut(backup: Backup, status: string, timeout: number): ArchiverError {
  return new ArchiverError(
    'backup.timeout',
    `backup ${backup.id} is still "${status}" after ${formatDuration(timeout)}`,
    {
      hint: 'The next run takes it up again. Raise backup.timeout (BACKUP_TIMEOUT) if this database needs longer.',
      details: { backupId: backup.id, status, timeoutMs: timeout },
    },
  );
}
