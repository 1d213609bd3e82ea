import { ArchiverError, hasCode, toArchiverError } from '../../model/errors.ts';
import type { RestoredRecord } from '../../model/verification.ts';
import type { ArchiveStore, ListedObject } from '../../ports/archive-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { isArchiveFault } from '../archive-fault.ts';
import type { Reading } from '../download/fetch-block.ts';
import { type FoundArchive, requireSize } from '../find-archive.ts';
import { noteVerification } from '../note-verification.ts';
import { objectionTo, type Restored, type RestorePlace, restoreArchive } from './restore-archive.ts';

/** What came of one archive. Times are milliseconds since the epoch. */
export type RestoreVerdict = {
  readonly archive: ListedObject;
  /** `undefined` where it cannot be used. */
  readonly manifest: FoundArchive['manifest'] | undefined;
  readonly begunAt: number;
  readonly durationMs: number;
} & (
  | { readonly ok: true; readonly restored: Restored }
  | {
      readonly ok: false;
      /** It was not named, and is of an engine or of a server that is not there. */
      readonly isSkipped: boolean;
      /** Whether the archive is at fault. */
      readonly isFault: boolean;
      readonly error: ArchiverError;
    }
);

export interface RestoringAll {
  readonly store: Pick<ArchiveStore, 'readManifest' | 'readVerification' | 'writeVerification'>;
  readonly place: Omit<RestorePlace, 'onLeft'>;
  /** Whether the archives were named: then one that cannot be restored is a failure. */
  readonly named: boolean;
  /** Begins to read an archive back; `end` is called when that is over, well or not. */
  readonly open: (
    found: FoundArchive,
    log: EventLog,
  ) => { readonly reading: Reading; readonly end: () => void };
  readonly clock: Clock;
  readonly log: EventLog;
  readonly version: string;
}

/**
 * Restores archives one after the other. One that fails stops none of the others.
 * @throws the signal's reason
 */
export async function restoreArchives(
  restoring: RestoringAll,
  archives: readonly ListedObject[],
  signal: AbortSignal,
): Promise<RestoreVerdict[]> {
  const verdicts: RestoreVerdict[] = [];
  for (const archive of archives) verdicts.push(await restoreOne(restoring, archive, signal));
  return verdicts;
}

async function restoreOne(
  restoring: RestoringAll,
  archive: ListedObject,
  signal: AbortSignal,
): Promise<RestoreVerdict> {
  const { store, clock, place, named } = restoring;
  const { backupId, key, database } = archive;
  const log = restoring.log.child({ database });
  const begunAt = clock.now();
  const begun = clock.elapsed();
  let manifest: FoundArchive['manifest'] | undefined;
  let isForeign = false;
  const verdict = () => ({ archive, manifest, begunAt, durationMs: Math.round(clock.elapsed() - begun) });
  const fields = { backupId, key };
  try {
    manifest = await store.readManifest(archive, signal);
    if (manifest === undefined) throw gone(key);
    requireSize(key, archive.size, manifest);
    const onLeft = (left: string, error: unknown) =>
      log.warn('restore.left', { left, error: toArchiverError(error) }, `${left} could not be dropped`);
    const objection = objectionTo(key, manifest.engine, { ...place, onLeft });
    isForeign = objection !== undefined;
    if (objection !== undefined) throw objection;
    const { reading, end } = restoring.open({ archive, manifest }, log);
    const restored = await restoreArchive(reading, { ...place, onLeft }, signal).finally(end);
    const passed = { ...verdict(), ok: true, restored } as const;
    await note(restoring, passed, log, signal);
    const { engine, tables, bytes, warnings } = restored;
    const rows = rowsOf(restored);
    log.info(
      'restore.tested',
      {
        ...fields,
        bytes,
        durationMs: passed.durationMs,
        engine,
        tables: tables.length,
        rows,
        warnings,
        kept: place.keep,
      },
      `${key} was restored: ${tables.length} tables, ${rows} rows`,
    );
    return passed;
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toArchiverError(thrown);
    // One that should have such a dump, and has none, is not passed over.
    const isOfAnother = isForeign || manifest?.engine === null;
    const isSkipped = !named && isOfAnother && hasCode(error, 'restore.unsupported', 'restore.no_server');
    const isFault = isArchiveFault(error);
    const failed = { ...verdict(), ok: false, isSkipped, isFault, error } as const;
    if (isSkipped) log.warn('restore.skipped', { ...fields, error }, error.message);
    else log.error('restore.failed', { ...fields, durationMs: failed.durationMs, error }, error.message);
    if (isFault) await note(restoring, failed, log, signal);
    return failed;
  }
}

export function rowsOf({ tables }: Pick<Restored, 'tables'>): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}

async function note(
  { store, version }: RestoringAll,
  verdict: RestoreVerdict,
  log: EventLog,
  signal: AbortSignal,
): Promise<void> {
  const { archive, manifest } = verdict;
  if (manifest === undefined) return;
  const look = { restored: recordOf(verdict, version) };
  await noteVerification({ store, log }, archive, manifest.checksum.value, look, signal);
}

function recordOf(verdict: RestoreVerdict, archiver: string): RestoredRecord {
  const { begunAt, durationMs } = verdict;
  const looked = { at: new Date(begunAt + durationMs).toISOString(), durationMs, archiver };
  if (!verdict.ok) {
    const { code, message } = verdict.error;
    const nothing = {
      engine: null,
      serverVersion: null,
      tools: [],
      tables: 0,
      rows: 0,
      objects: {},
      bytes: 0,
      warnings: [],
    };
    return { ...looked, ok: false, fault: { code, message }, ...nothing };
  }
  const { engine, serverVersion, tools, tables, objects, bytes, warnings } = verdict.restored;
  const counts = { tables: tables.length, rows: rowsOf(verdict.restored), objects, bytes };
  return { ...looked, ok: true, fault: null, engine, serverVersion, tools, ...counts, warnings };
}

function gone(key: string): ArchiverError {
  return new ArchiverError('archive.not_found', `${key} was deleted just now`, {
    hint: '`backup-archiver list` shows what there is.',
  });
}
