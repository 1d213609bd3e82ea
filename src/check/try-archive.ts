import { createHash } from 'node:crypto';
import type { ArchiveIdentity } from '../model/archive-key.ts';
import { checkObject } from '../model/check-object.ts';
import { type ArchiverError, hasKind } from '../model/errors.ts';
import type { Finding } from './finding.ts';
import { cleanUp, refusalOf, type Trial, tryDeletion, VERSIONS_REMEDY } from './trial.ts';

/** What is stored for a moment, and read back. */
const BYTES = Buffer.from('backup-archiver checks that what it writes here can be read and deleted\n');
/** Some bytes within. */
const RANGE = { start: 16, end: 32 };

/** Of versions that would stay, where a run deletes. */
const POLICY_REMEDY =
  'Make sure that these keys may delete archives, since retention does. To have it tried, allow them to list and delete versions too (docs/rights.md).';

/**
 * Stores a small object as an archive is stored, reads it back and deletes it. Nothing is written that could not be
 * deleted: where the right is missing, older versions would stay, or Object Lock would hold it.
 * @param isLocked whether whatever is written is locked
 */
export async function tryArchive(trial: Trial, isLocked: boolean): Promise<Finding[]> {
  const { report, demands, database, checkId, signal } = trial;
  const archive = checkObject(database, checkId);
  const { stays, refusal, left } = await tryDeletion(trial, { archive });
  if (stays !== undefined) {
    const says = `whether archives can be stored and deleted was not tried, since versions would stay: ${stays}`;
    return [report.warn('delete', says, demands.hasPolicy ? POLICY_REMEDY : VERSIONS_REMEDY)];
  }
  if (refusal !== undefined) return [noDeletion(trial, refusal)];
  if (isLocked) {
    const says =
      'objects can be deleted once their lock ends; none was stored here, since it would be locked';
    return [report.ok('delete', says), ...(left === undefined ? [] : [left])];
  }
  if (left !== undefined) return [left];
  const found: Finding[] = [];
  try {
    await storeAndRead(trial, archive, found);
  } catch (error) {
    signal.throwIfAborted();
    found.push(report.failed('complete', 'no archive can be stored', error));
  } finally {
    const rest = await cleanUp(trial, `an object of ${database}`, { archive });
    found.push(...(rest.length === 0 ? [report.ok('delete', 'objects can be deleted')] : rest));
  }
  return found;
}

function noDeletion({ report, demands }: Trial, refusal: ArchiverError): Finding {
  if (!hasKind(refusal, 'forbidden', 'locked'))
    return report.failed('delete', 'objects cannot be deleted', refusal);
  if (!demands.hasPolicy) {
    const says =
      'these keys may not delete archives, which a writer without a retention policy need not; so storing one was not tried, since it would stay';
    const remedy =
      'Nothing, if `prune` runs elsewhere with keys of its own (docs/rights.md); until it does, archives pile up.';
    return report.warn('delete', says, remedy);
  }
  const says = `these keys may not delete archives, so retention fails in each run, and storing one was not tried, since it would stay: ${refusal.message}`;
  const remedy = `${refusal.hint ?? ''} \`prune\` can run elsewhere, with keys of its own (docs/rights.md).`;
  return report.fail('delete', says, remedy.trim());
}

async function storeAndRead(trial: Trial, archive: ArchiveIdentity, found: Finding[]): Promise<void> {
  const { report, store, signal, lasting } = trial;
  await upload(trial, archive, { 'backup-id': archive.backupId });
  signal.throwIfAborted();
  found.push(report.ok('complete', 'an upload of parts can be completed'));
  const stored = await store.head(archive, lasting);
  signal.throwIfAborted();
  if (stored?.size !== BYTES.length) {
    const seen = stored === undefined ? 'nothing' : `${stored.size} bytes`;
    found.push(report.fail('head', `of ${BYTES.length} bytes that were stored the store shows ${seen}`));
    return;
  }
  found.push(report.ok('head', 'the size of an object is shown'));
  if (!store.canReadBack) {
    const remedy = 'Nothing, if that is meant: `download` and `verify --deep` need it restored first.';
    const says = 'archives go to a storage class that has to be restored before it can be read';
    found.push(report.warn('range', says, remedy));
    return;
  }
  const body = await store.read(archive, lasting);
  if (!(await hasBytes(body, BYTES)))
    found.push(report.fail('read', 'an object reads as other bytes than were stored'));
  signal.throwIfAborted();
  const part = await refusalOf(async () => {
    const range = await store.readRange(archive, RANGE, lasting);
    if (!(await hasBytes(range, BYTES.subarray(RANGE.start, RANGE.end))))
      throw new Error('a range has other bytes');
  }, signal);
  found.push(
    part === undefined
      ? report.ok('range', 'ranges of an object can be read: `download` and `verify --deep` read in parallel')
      : report.failed('range', 'ranges of an object cannot be read', part),
  );
}

async function upload(
  { store, lasting }: Trial,
  archive: ArchiveIdentity,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const begun = await store.beginUpload({ archive, mustBeNew: true, metadata }, lasting);
  try {
    const body = {
      async *[Symbol.asyncIterator]() {
        yield BYTES;
      },
    };
    const part = await begun.sendPart(1, BYTES.length, body, lasting);
    await begun.complete([part], BYTES.length, lasting);
  } catch (error) {
    const { uploadId } = begun;
    await store
      .abortUpload({ key: store.keyOf(archive), uploadId }, AbortSignal.timeout(ABORT))
      .catch(() => {});
    throw error;
  }
}

/** How long the abort of an upload may take, in milliseconds. */
const ABORT = 10_000;

async function hasBytes(body: AsyncIterable<Buffer>, expected: Buffer): Promise<boolean> {
  const hash = createHash('sha256');
  for await (const chunk of body) hash.update(chunk);
  return hash.digest('hex') === createHash('sha256').update(expected).digest('hex');
}
