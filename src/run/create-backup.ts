import { type Backup, byNewest, phaseOf } from '../model/backup.ts';
import { ArchiverError, hasKind, toArchiverError } from '../model/errors.ts';
import type { DatabaseJob } from './database-job.ts';

/** How often the list is looked at after a request whose outcome is not known, before another is sent. */
const LOOKS = 3;
/** POSTs a run sends at most; every one but the first only after the list showed that none was created. */
const MAX_POSTS = 3;

/**
 * Has a backup made, and makes exactly one: the POST has no idempotency key, so after a lost response, or
 * where one is running already, the list decides. A backup that was not there before is ours.
 * @param known ids that the list showed before
 * @param made is called once a backup may have been made
 */
export async function createBackup(
  job: DatabaseJob,
  known: ReadonlySet<string>,
  signal: AbortSignal,
  made: () => void = () => {},
): Promise<Backup> {
  for (let post = 1; ; post++) {
    try {
      const backup = await job.catalogue.create(signal);
      made();
      if (backup === undefined) {
        const made = await lookForIt(job, known, undefined, signal);
        if (made !== undefined) return made;
        throw new ArchiverError('backup.vanished', `the new backup of ${job.name} does not show in the list`);
      }
      job.log.info(
        'backup.created',
        { backupId: backup.id, status: backup.status },
        `backup ${backup.id} was created`,
      );
      return backup;
    } catch (error) {
      // Cut off by the signal, the request may have reached the service as well.
      if (signal.aborted) made();
      if (!hasKind(error, 'backup-in-flight', 'outcome-unknown')) throw error;
      made();
      const adopted = await lookForIt(job, known, error, signal);
      if (adopted !== undefined) return adopted;
      if (post >= MAX_POSTS) throw error;
    }
  }
}

async function lookForIt(
  job: DatabaseJob,
  known: ReadonlySet<string>,
  why: ArchiverError | undefined,
  signal: AbortSignal,
): Promise<Backup | undefined> {
  for (let look = 1; look <= LOOKS; look++) {
    if (look > 1) await job.clock.sleep(job.settings.pollInterval, signal);
    const backups = [...(await job.catalogue.list(signal))].sort(byNewest);
    const ours =
      backups.find((backup) => !known.has(backup.id) && phaseOf(backup) !== 'failed') ??
      backups.find((backup) => phaseOf(backup) === 'in-flight');
    if (ours === undefined) continue;
    job.log.info(
      'backup.adopted',
      { backupId: ours.id, status: ours.status, reason: why?.code ?? 'created' },
      `backup ${ours.id} is taken: ${whyTaken(why)}`,
    );
    return ours;
  }
  if (why !== undefined) {
    job.log.warn('backup.not_created', { error: toArchiverError(why) }, 'no new backup shows in the list');
  }
  return undefined;
}

function whyTaken(why: ArchiverError | undefined): string {
  if (why === undefined) return 'it is new in the list';
  return hasKind(why, 'backup-in-flight')
    ? 'it was running already'
    : 'the response to its creation was lost';
}
