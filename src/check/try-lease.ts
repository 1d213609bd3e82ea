import { hasKind } from '../model/errors.ts';
import type { LeaseRecord } from '../ports/lease.ts';
import type { Finding } from './finding.ts';
import { cleanUp, refusalOf, type Trial, tryDeletion, VERSIONS_REMEDY } from './trial.ts';

/**
 * Takes a lease of a database that is none, renews it and gives it back. Nothing is written that could not be deleted:
 * where the right is missing, older versions would stay, or a lock would hold it.
 * @param isLocked whether the bucket locks whatever comes in
 */
export async function tryLease(trial: Trial, isLocked: boolean): Promise<Finding[]> {
  const { report, checkId, signal } = trial;
  // No database's name begins so.
  const name = `.check-${checkId}`;
  const { stays, refusal, left } = await tryDeletion(trial, { lease: name });
  if (stays !== undefined) {
    const says = `no lease was tried, nor conditional writes, since versions would stay: ${stays}`;
    return [report.warn('delete.leases', says, VERSIONS_REMEDY)];
  }
  if (refusal !== undefined) {
    if (!hasKind(refusal, 'forbidden', 'locked'))
      return [report.failed('delete.leases', 'leases cannot be deleted', refusal)];
    const says = `these keys may not delete leases, so none was tried, nor conditional writes; a run cannot give its own back, and the next one waits for its end (30 s): ${refusal.message}`;
    return [report.warn('delete.leases', says, 'Allow these keys to delete below .locks/ (docs/rights.md).')];
  }
  if (isLocked) {
    const says = 'no lease was tried, since its object would be locked';
    return [report.ok('lease', says), ...(left === undefined ? [] : [left])];
  }
  if (left !== undefined) return [left];
  const found: Finding[] = [];
  try {
    found.push(...(await takeLease(trial, name)));
  } catch (error) {
    signal.throwIfAborted();
    found.push(report.failed('lease', 'no lease can be taken', error));
  } finally {
    found.push(...(await cleanUp(trial, `the lease ${name}`, { lease: name })));
  }
  return found;
}

async function takeLease(
  { report, leases, checkId, signal, lasting }: Trial,
  name: string,
): Promise<Finding[]> {
  const first = await leases.writeLease(name, recordOf(checkId, 'first'), undefined, lasting);
  signal.throwIfAborted();
  const found = [report.ok('put', 'objects can be written')];
  const read = await leases.readLease(name, lasting);
  signal.throwIfAborted();
  if (read?.record?.holder !== `check ${checkId} first`) {
    const remedy = 'Look whether a cache or a proxy responds in the place of the store.';
    return [...found, report.fail('get', 'an object that was just written is not shown', remedy)];
  }
  found.push(report.ok('get', 'objects can be read'));
  const again = await refusalOf(
    () => leases.writeLease(name, recordOf(checkId, 'second'), undefined, lasting),
    signal,
  );
  const current = (await leases.readLease(name, lasting))?.version ?? first;
  await leases.writeLease(name, recordOf(checkId, 'third'), current, lasting);
  signal.throwIfAborted();
  const late = await refusalOf(
    () => leases.writeLease(name, recordOf(checkId, 'fourth'), current, lasting),
    signal,
  );
  const isHonoured = hasKind(again, 'conflict') && hasKind(late, 'conflict');
  if (isHonoured) {
    const says = 'conditional writes are honoured: two runs never hold one lease';
    return [...found, report.ok('conditional', says)];
  }
  const remedy =
    'Let one daemon or one CronJob alone work on a database: two runs that begin in the same moment might not see each other.';
  return [...found, report.warn('conditional', 'conditional writes are not honoured', remedy)];
}

/** A lease that no run takes for a living one: its time is long over. */
function recordOf(checkId: string, which: string): LeaseRecord {
  const never = new Date(0).toISOString();
  const holder = `check ${checkId} ${which}`;
  return { holder, host: 'check', pid: 0, processTable: null, acquiredAt: never, renewedAt: never };
}
