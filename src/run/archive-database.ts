import { type Backup, byNewest, phaseOf } from '../model/backup.ts';
import { ArchiverError, hasKind, SourceError } from '../model/errors.ts';
import type { Manifest } from '../model/manifest.ts';
import type { ArchiveListing, ListedObject, UnfinishedUpload } from '../ports/archive-store.ts';
import type { DatabaseInfo } from '../ports/backup-source.ts';
import { keepsIfAdded } from '../retention/mirror-candidates.ts';
import { archiveCandidates } from './archive-candidates.ts';
import { type Candidate, chooseWork, type Work } from './choose-work.ts';
import { createBackup } from './create-backup.ts';
import type { DatabaseJob, DatabaseState } from './database-job.ts';
import { archiveMadeSince } from './made-since.ts';
import { warnOfQuota } from './manual-quota.ts';
import { identityOf } from './proof/prove-archive.ts';
import { refuseForeignArchives } from './refuse-foreign.ts';
import { abortUploads } from './transfer/abort-uploads.ts';
import { warnOfSize } from './warn-of-size.ts';

/**
 * The story of one database in one run. The bucket is asked first, since a backup made for a bucket that
 * cannot be written is a backup lost; then whether this is the database that the bucket knows by this name.
 * @param made is called before there is anything that this run has made, a backup or a part of an archive
 * @returns the manifests written: none where everything was archived already
 */
export async function archiveDatabase(
  job: DatabaseJob,
  signal: AbortSignal,
  made: () => void = () => {},
): Promise<Manifest[]> {
  if (await isDoneSince(job, signal)) return [];
  const info = await infoOf(job, signal);
  refuseUndownloadable(job, info);
  await probe(job, signal);
  const listing = await job.store.list(job.name, signal);
  await refuseForeignArchives(job, listing, signal);
  const backups = await job.catalogue.list(signal);
  const known = backups.map((backup) => identityOf(job, backup));
  const found = await job.store.listUploads(job.name, signal, known);
  // First of all: an upload that came to nothing for days must not be this run's work once more.
  const all = { info, backups, listing, uploads: found };
  const hopeless = abandoned(job, all);
  await abortUploads(job, hopeless, 'nothing will finish it', signal);
  const unwanted = notKept(job, all).filter((upload) => !hopeless.includes(upload));
  await abortUploads(job, unwanted, 'the retention policy would not keep its archive', signal);
  const uploads = found.filter((upload) => !hopeless.includes(upload) && !unwanted.includes(upload));
  const state = { info, backups, listing, uploads };

  const work = choose(job, state);
  const candidates = await toCandidates(job, work, state, made, signal);
  made();
  const manifests = await archiveCandidates(job, candidates, state, signal);
  warnOfSize(job, listing, manifests);
  return manifests;
}

async function probe(job: DatabaseJob, signal: AbortSignal): Promise<void> {
  const { showsUploads } = await job.store.probe(job.name, signal);
  if (showsUploads) return;
  job.log.warn(
    'upload.unlisted',
    { store: job.store.kind },
    'the store does not list unfinished uploads: what a killed run leaves is neither resumed nor removed. Let a lifecycle rule abort incomplete uploads',
  );
}

/**
 * Whether a run that was started again has nothing more to do here. In mode `mirror` one archive says nothing of the
 * others, and what is in the bucket is left out anyway.
 */
async function isDoneSince(job: DatabaseJob, signal: AbortSignal): Promise<boolean> {
  const { mode, since } = job.settings;
  if (since === undefined || mode === 'mirror') return false;
  const made = await archiveMadeSince(job, since, signal);
  if (made === undefined) return false;
  const { archivedAt, archive } = made;
  job.log.info(
    'archive.skipped',
    { reason: 'since', since: since.toISOString(), archivedAt, key: archive.key, backupId: archive.backupId },
    `${archive.key} was made since ${since.toISOString()}: this database is done`,
  );
  return true;
}

const UNKNOWN: DatabaseInfo = {
  engine: null,
  engineVersion: null,
  manualBackupsKept: null,
  notDownloadable: null,
  upkeep: null,
};

/**
 * What is known of the database. The manifest mentions it, and no backup depends on it, so a source that does not
 * say is no failure. A token that is refused is one.
 */
async function infoOf(job: DatabaseJob, signal: AbortSignal): Promise<DatabaseInfo> {
  try {
    return await job.catalogue.info(signal);
  } catch (error) {
    const isRefused = hasKind(error, 'unauthorized');
    if (signal.aborted || !(error instanceof SourceError) || isRefused) throw error;
    const fields = { error };
    job.log.warn(
      'database.info_unavailable',
      fields,
      'what type the database is of is not known: going on without',
    );
    return UNKNOWN;
  }
}

function refuseUndownloadable(job: DatabaseJob, info: DatabaseInfo): void {
  const { engine, notDownloadable } = info;
  if (notDownloadable === null) return;
  const message = `${job.name} is of type ${engine}: ${notDownloadable}`;
  throw new ArchiverError('database.not_downloadable', message, {
    hint: 'Remove this database from the configuration; it cannot be archived through the Database API.',
    details: { type: engine },
  });
}

function choose(job: DatabaseJob, { backups, listing, uploads }: DatabaseState): Work {
  const ids = (objects: readonly { backupId: string }[]) => new Set(objects.map(({ backupId }) => backupId));
  return chooseWork({
    mode: job.settings.mode,
    reuseWithin: reuseWithin(job),
    now: job.clock.now(),
    backups,
    archived: ids(listing.archives),
    unproven: ids(worthAdopting(job, listing)),
    unfinished: ids(uploads),
    unwanted: ids(unwantedOf(job, listing, eligible(job, backups))),
    wouldKeep: (missing) => worthArchiving(job, listing, missing),
  });
}

/**
 * An object without its manifest may also be what is left of a deletion that was cut short. Taken for half an
 * archiving it would be made whole, deleted again, and have cost the night its backup. What the policy would
 * not keep is left to be swept.
 */
function worthAdopting(job: DatabaseJob, { archives, unproven }: ArchiveListing): ListedObject[] {
  return keepsIfAdded(archives, unproven, job.retention, { now: new Date(job.clock.now()) });
}

/**
 * How old a done backup may be that is taken instead of making one, in milliseconds. What an earlier run of the same
 * slot has made is its slot's: a slot that is tried for hours must not make a backup each hour.
 */
function reuseWithin({ settings, clock }: DatabaseJob): number {
  const { slotBegan } = settings;
  return slotBegan === undefined
    ? settings.reuseWithin
    : Math.max(settings.reuseWithin, clock.now() - slotBegan.getTime());
}

/** Backups that may be taken instead of making one: recent ones, and in mode `latest` the newest done one. */
function eligible(job: DatabaseJob, backups: readonly Backup[]): readonly Backup[] {
  const { settings, clock } = job;
  if (settings.mode === 'mirror') return [];
  if (settings.mode === 'create') {
    return backups.filter(({ createdAt }) => clock.now() - createdAt.getTime() <= reuseWithin(job));
  }
  return backups
    .filter((backup) => phaseOf(backup) === 'done')
    .sort(byNewest)
    .slice(0, 1);
}

/** Done backups each of which the policy would delete at once, were it archived now. */
function unwantedOf(
  job: DatabaseJob,
  listing: ArchiveListing,
  backups: readonly Backup[],
): { backupId: string }[] {
  return backups
    .filter((backup) => phaseOf(backup) === 'done' && worthArchiving(job, listing, [backup]).length === 0)
    .map(({ id }) => ({ backupId: id }));
}

/** Of these backups those that the policy would keep, were all of them archived now. */
function worthArchiving(
  job: DatabaseJob,
  { archives }: ArchiveListing,
  missing: readonly Backup[],
): Backup[] {
  const dated = missing.map((backup) => ({ backup, backupId: backup.id, createdAt: backup.createdAt }));
  const now = new Date(job.clock.now());
  return keepsIfAdded(archives, dated, job.retention, { now }).map(({ backup }) => backup);
}

async function toCandidates(
  job: DatabaseJob,
  work: Work,
  state: DatabaseState,
  made: () => void,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  const { backups } = state;
  const { serviceName, canCreate } = job.catalogue;
  switch (work.kind) {
    case 'nothing':
      job.log.info(
        'archive.skipped',
        { reason: 'archived' },
        'everything there is has been archived already',
      );
      return [];
    case 'no-backup':
      throw new ArchiverError('backup.none', `${serviceName} lists no finished backup of ${job.name}`, {
        hint: `Turn on periodic backups at ${serviceName}${canCreate ? ', or use backup.mode create' : ''}.`,
      });
    case 'create':
      if (!canCreate) {
        throw new ArchiverError(
          'backup.none',
          `${serviceName} makes no backup of ${job.name} when it is asked to`,
          {
            hint: 'Use backup.mode latest or mirror: they take the backups that are there.',
          },
        );
      }
      warnOfQuota(job, state);
      return [{ backup: await createBackup(job, idsOf(backups), signal, made), reason: 'created' }];
    case 'archive':
      for (const { backup, reason } of work.candidates) {
        if (reason === 'latest' || reason === 'mirror') continue;
        const fields = { backupId: backup.id, status: backup.status, reason };
        job.log.info(
          'backup.adopted',
          fields,
          `backup ${backup.id} is taken instead of making another (${reason})`,
        );
      }
      return work.candidates;
  }
}

function idsOf(backups: readonly Backup[]): Set<string> {
  return new Set(backups.map(({ id }) => id));
}

/**
 * Unfinished uploads of done backups whose archive the policy would delete at once: a newer one has taken its place
 * meanwhile. Finished first, as the others are, they would cost this night its own backup.
 */
function notKept(job: DatabaseJob, { backups, listing, uploads }: DatabaseState): UnfinishedUpload[] {
  const begun = new Set(uploads.map(({ backupId }) => backupId));
  const done = backups.filter((backup) => begun.has(backup.id) && phaseOf(backup) === 'done');
  const wanted = new Set(worthArchiving(job, listing, done).map(({ id }) => id));
  const unwanted = new Set(done.filter(({ id }) => !wanted.has(id)).map(({ id }) => id));
  return uploads.filter(({ backupId }) => unwanted.has(backupId));
}

/** Unfinished uploads that no run will ever take up: their backup is gone or archived, or they are too old. */
function abandoned(job: DatabaseJob, { backups, listing, uploads }: DatabaseState): UnfinishedUpload[] {
  const resumable = new Set(backups.filter((backup) => phaseOf(backup) !== 'failed').map(({ id }) => id));
  const archived = new Set(listing.archives.map((archive: ListedObject) => archive.backupId));
  const oldest = job.clock.now() - job.settings.maxUploadAge;
  return uploads.filter(
    ({ backupId, initiatedAt }) =>
      !resumable.has(backupId) || archived.has(backupId) || initiatedAt.getTime() < oldest,
  );
}
