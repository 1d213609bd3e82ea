import { mapBounded } from '../../concurrency/map-bounded.ts';
import { type ArchiverError, hasCode, hasKind, toArchiverError } from '../../model/errors.ts';
import type { ReadBackRecord } from '../../model/verification.ts';
import type { ArchiveStore, ListedObject } from '../../ports/archive-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { isArchiveFault } from '../archive-fault.ts';
import type { Reading } from '../download/fetch-block.ts';
import type { FoundArchive } from '../find-archive.ts';
import { noteVerification } from '../note-verification.ts';
import { compareStored, type DeepLook, readBackArchive } from './verify-archive.ts';

/** What came of one archive. */
export type Verdict = {
  readonly archive: ListedObject;
  readonly durationMs: number;
  /** Why what was found could not be written beside the archive. */
  readonly unnoted?: ArchiverError;
} & (Right | Wrong);

interface Right {
  readonly ok: true;
  readonly deep: DeepLook | null;
  /** It was deleted, manifest and all, since it was listed. */
  readonly isGone?: true;
}

interface Wrong {
  readonly ok: false;
  /** Whether the archive is wrong; else it could not be looked at. */
  readonly isFault: boolean;
  readonly error: ArchiverError;
}

export interface Verifying {
  readonly store: Pick<ArchiveStore, 'head' | 'readManifest' | 'readVerification' | 'writeVerification'>;
  /** Whether each byte is read back. */
  readonly deep: boolean;
  /** Begins to read an archive back; `end` is called when that is over, well or not. */
  readonly open: (
    found: FoundArchive,
    log: EventLog,
  ) => { readonly reading: Reading; readonly end: () => void };
  readonly clock: Clock;
  readonly log: EventLog;
  readonly version: string;
}

/** HEADs at once. */
const SHALLOW_AT_ONCE = 16;

/**
 * Verifies archives: shallow ones many at once, deep ones one after the other, each over several connections. One that is
 * wrong stops none of the others.
 * @returns in the order of `archives`
 * @throws the signal's reason
 */
export async function verifyArchives(
  verifying: Verifying,
  archives: readonly ListedObject[],
  signal: AbortSignal,
): Promise<Verdict[]> {
  const atOnce = verifying.deep ? 1 : SHALLOW_AT_ONCE;
  return mapBounded(archives, atOnce, (archive, ended) => verifyOne(verifying, archive, ended), signal);
}

async function verifyOne(verifying: Verifying, archive: ListedObject, signal: AbortSignal): Promise<Verdict> {
  const { store, clock, deep } = verifying;
  const log = verifying.log.child({ database: archive.database });
  const begun = clock.now();
  const took = () => clock.now() - begun;
  const { backupId, key } = archive;
  let checksum: string | undefined;
  try {
    const manifest = await store.readManifest(archive, signal);
    if (manifest === undefined) return { archive, durationMs: took(), ok: true, deep: null, isGone: true };
    checksum = manifest.checksum.value;
    await compareStored(store, archive, manifest, signal);
    const look = deep ? await readBack(verifying, { archive, manifest }, log, signal) : null;
    const durationMs = took();
    const noted = look === null ? {} : await note(verifying, archive, checksum, { look, durationMs }, signal);
    log.info(
      'archive.verified',
      {
        backupId,
        key,
        bytes: manifest.size,
        durationMs,
        deep,
        ...(look === null ? {} : { files: look.files, dumps: look.dumps }),
      },
      deep ? `${key} was read back, and is whole` : `${key} is as its manifest says`,
    );
    return { archive, durationMs, ok: true, deep: look, ...noted };
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toArchiverError(thrown);
    if (
      (hasCode(error, 'archive.missing') || hasKind(error, 'not-found')) &&
      (await isGone(store, archive, signal))
    ) {
      return { archive, durationMs: took(), ok: true, deep: null, isGone: true };
    }
    const isFault = isArchiveFault(error);
    const message = error.message.includes(key) ? error.message : `${key}: ${error.message}`;
    log.error('verify.failed', { backupId, key, deep, error }, message);
    const durationMs = took();
    const noted =
      deep && isFault && checksum !== undefined && error.code !== 'archive.missing'
        ? await note(verifying, archive, checksum, { error, durationMs }, signal)
        : {};
    return { archive, durationMs, ok: false, isFault, error, ...noted };
  }
}

async function readBack(
  verifying: Verifying,
  found: FoundArchive,
  log: EventLog,
  signal: AbortSignal,
): Promise<DeepLook> {
  const { reading, end } = verifying.open(found, log);
  try {
    return await readBackArchive(reading, signal);
  } finally {
    end();
  }
}

/** Whether retention has deleted it meanwhile: its manifest goes first. */
async function isGone(
  store: Verifying['store'],
  archive: ListedObject,
  signal: AbortSignal,
): Promise<boolean> {
  const manifest = await store.readManifest(archive, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    return error;
  });
  return manifest === undefined;
}

/** What is written down of it. */
function recordOf(
  { clock, version }: Verifying,
  found: { durationMs: number } & ({ look: DeepLook } | { error: ArchiverError }),
): ReadBackRecord {
  const isWhole = 'look' in found;
  return {
    at: new Date(clock.now()).toISOString(),
    ok: isWhole,
    fault: isWhole ? null : { code: found.error.code, message: found.error.message },
    ...(isWhole ? found.look : { bytes: 0, files: 0, dumps: [] }),
    durationMs: found.durationMs,
    archiver: version,
  };
}

async function note(
  verifying: Verifying,
  archive: ListedObject,
  checksum: string,
  found: Parameters<typeof recordOf>[1],
  signal: AbortSignal,
): Promise<Pick<Verdict, 'unnoted'>> {
  const look = { readBack: recordOf(verifying, found) };
  const unnoted = await noteVerification(verifying, archive, checksum, look, signal);
  return unnoted === undefined ? {} : { unnoted };
}
