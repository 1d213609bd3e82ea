import { type Backup, phaseOf } from '../model/backup.ts';
import { hasKind, toArchiverError } from '../model/errors.ts';
import { countParts } from '../model/part-layout.ts';
import type { ArchiveListing } from '../ports/archive-store.ts';
import type { DatabaseInfo } from '../ports/backup-source.ts';
import type { DatabaseJob } from '../run/database-job.ts';
import { manualQuota } from '../run/manual-quota.ts';
import { refuseForeignArchives } from '../run/refuse-foreign.ts';
import type { Scheduled } from '../schedule/late-slot.ts';
import { Slots } from '../schedule/slots.ts';
import { formatByteSize } from '../text/byte-size.ts';
import { type Finding, type Reporter, reporterOf } from './finding.ts';
import { judgeOwnBackups, judgeType, judgeWindow } from './judge-database.ts';

/** What of a run's job is looked at. */
export type CheckedJob = Pick<
  DatabaseJob,
  'name' | 'sourceId' | 'settings' | 'catalogue' | 'reader' | 'store' | 'retention' | 'clock' | 'log'
>;

const WEEK = 7 * 86_400_000;
/** Slots of a week that are looked at: more than that is a beat that no window silences. */
const MOST_SLOTS = 500;

/** A reporter for the lines of one database. */
export function databaseReporter(name: string): Reporter {
  return reporterOf('database', `database ${name}`);
}

/**
 * One database: whether it is found, and what a run would meet. Nothing is changed, and no backup is made.
 * @param storeResponds whether its bucket can be asked as well
 * @throws the signal's reason only
 */
export async function checkDatabase(
  job: CheckedJob,
  schedule: Scheduled,
  storeResponds: boolean,
  signal: AbortSignal,
): Promise<Finding[]> {
  const report = databaseReporter(job.name);
  const found: Finding[] = [];
  try {
    const info = await job.catalogue.info(signal);
    found.push(...judgeType(report, info, job.sourceId));
    if (info.notDownloadable !== null) return found;
    const backups = await job.catalogue.list(signal);
    const now = job.clock.now();
    const { mode } = job.settings;
    const { serviceName } = job.catalogue;
    found.push(...judgeOwnBackups(report, { mode, upkeep: info.upkeep, backups, now, serviceName }));
    const { cron, timezone } = schedule;
    const slots = slotsOfWeek(schedule, now);
    found.push(...judgeWindow(report, `${cron} ${timezone}`, slots, info.upkeep?.maintenance ?? null));
    const listing = storeResponds ? await listed(job, report, found, signal) : undefined;
    found.push(...judgeQuota(report, job, info, backups, listing));
    const newest = backups.find((backup) => phaseOf(backup) === 'done');
    found.push(...judgeSize(report, job, newest), await tryDownload(report, job, newest, signal));
  } catch (error) {
    signal.throwIfAborted();
    found.push(report.failed('source', 'it could not be looked at', error));
  }
  return found;
}

function slotsOfWeek({ cron, timezone }: Scheduled, now: number): number[] {
  const slots = new Slots(cron, timezone);
  const found: number[] = [];
  for (let slot = slots.next(now); slot !== undefined && slot <= now + WEEK; slot = slots.next(slot)) {
    found.push(slot);
    if (found.length >= MOST_SLOTS) break;
  }
  return found;
}

/** What the bucket has of it; whether that is of this very database. */
async function listed(
  job: CheckedJob,
  report: Reporter,
  found: Finding[],
  signal: AbortSignal,
): Promise<ArchiveListing | undefined> {
  try {
    const listing = await job.store.list(job.name, signal);
    await refuseForeignArchives(job, listing, signal);
    const { length } = listing.archives;
    found.push(
      report.ok('archives', `the bucket has ${length} ${length === 1 ? 'archive' : 'archives'} of it`),
    );
    return listing;
  } catch (error) {
    signal.throwIfAborted();
    found.push(report.failed('archives', 'its archives cannot be used', error));
    return undefined;
  }
}

function judgeQuota(
  report: Reporter,
  { settings, catalogue, retention, clock }: CheckedJob,
  info: DatabaseInfo,
  backups: readonly Backup[],
  listing: ArchiveListing | undefined,
): Finding[] {
  const archives = listing?.archives ?? [];
  const quota = manualQuota({ catalogue, info, backups, archives, retention, now: clock.now() });
  if (settings.mode !== 'create' || quota === undefined) return [];
  const { manual, limit, endangered } = quota;
  const says = `${manual} of the ${limit} manual backups that ${catalogue.serviceName} keeps`;
  if (endangered === undefined) {
    const next =
      manual < limit ? 'the next one pushes out none' : 'the next one pushes out one that is not needed';
    return [report.ok('quota', `${says}: ${next}`)];
  }
  if (listing === undefined) {
    return [report.ok('quota', `${says}: whether the bucket has what the next ones push out is not known`)];
  }
  const { name, createdAt } = endangered;
  const remedy = `Download it first if it is needed (\`run\` archives only what it takes), or use backup.mode latest or mirror, which make none.`;
  const what = `${name} of ${createdAt.toISOString()}, which is not in the bucket`;
  return [report.warn('quota', `${says}: more push out ${what}`, remedy)];
}

function judgeSize(report: Reporter, { store }: CheckedJob, newest: Backup | undefined): Finding[] {
  const size = newest?.size ?? null;
  if (size === null) return [];
  try {
    const { partSize } = store.layoutFor(size);
    const parts = countParts(size, partSize);
    const says = `its newest backup of ${formatByteSize(size)} fits into ${parts} ${parts === 1 ? 'part' : 'parts'} of ${formatByteSize(partSize)}`;
    return [report.ok('size', says)];
  } catch (error) {
    const { message, hint = '' } = toArchiverError(error);
    const remedy = `${hint} Or use a store that takes larger objects (docs/stores.md).`.trim();
    return [report.fail('size', `${message} (${store.kind})`, remedy)];
  }
}

/** Opens the newest backup for its first byte: shows the right to download, and the way to where archives are. */
async function tryDownload(
  report: Reporter,
  { reader }: CheckedJob,
  newest: Backup | undefined,
  signal: AbortSignal,
): Promise<Finding> {
  if (newest === undefined) {
    return report.ok(
      'download',
      'it has no finished backup yet: whether one can be downloaded was not tried',
    );
  }
  try {
    const { body, partial } = await reader.open(newest.id, { start: 0, end: 0 }, signal);
    body.destroy();
    const way = partial ? 'in parallel ranges' : 'as one stream';
    return report.ok('download', `backup ${newest.id} can be downloaded, ${way}`);
  } catch (error) {
    signal.throwIfAborted();
    if (!hasKind(error, 'range-refused'))
      return report.failed('download', `backup ${newest.id} cannot be downloaded`, error);
    return report.ok('download', `backup ${newest.id} can be downloaded, as one stream`);
  }
}
