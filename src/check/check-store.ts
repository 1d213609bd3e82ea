import type { ProbeResult } from '../ports/archive-store.ts';
import type { BucketSettings } from '../ports/store-inspection.ts';
import { type Finding, type Reporter, reporterOf } from './finding.ts';
import { judgeBucket } from './judge-bucket.ts';
import { judgeClock } from './judge-clock.ts';
import { type CheckedStore, lastingSignal } from './trial.ts';
import { tryArchive } from './try-archive.ts';
import { tryLease } from './try-lease.ts';

export interface StoreReport {
  readonly found: readonly Finding[];
  /** Whether what is in it can be listed. */
  readonly responds: boolean;
}

/**
 * What the bucket is, what it is set to, and each right, tried with objects of its own that are taken away again, also
 * after a signal.
 * @throws the signal's reason only
 */
export async function checkStore(checked: CheckedStore, signal: AbortSignal): Promise<StoreReport> {
  const report = reporterOf('store', 'store');
  const found: Finding[] = [];
  const lasting = lastingSignal(signal);
  try {
    const responds = await look(checked, { report, found, lasting: lasting.signal }, signal);
    found.push(...judgeClock(report, checked.inspection.clockOffset, { signs: true }));
    return { found, responds };
  } finally {
    lasting.dispose();
  }
}

async function look(
  checked: CheckedStore,
  { report, found, lasting }: { report: Reporter; found: Finding[]; lasting: AbortSignal },
  signal: AbortSignal,
): Promise<boolean> {
  const { store, inspection, demands, database } = checked;
  /** The result of a step; `undefined` where it failed, which is a line then. */
  const step = async <Result>(
    id: string,
    what: string,
    work: () => Promise<Result>,
  ): Promise<{ result: Result } | undefined> => {
    try {
      const result = await work();
      signal.throwIfAborted();
      return { result };
    } catch (error) {
      signal.throwIfAborted();
      found.push(report.failed(id, what, error));
      return undefined;
    }
  };
  const there = await step('bucket', `${inspection.address} cannot be used`, () =>
    store.requireBucket(signal),
  );
  if (there === undefined) return false;
  found.push(
    report.ok(
      'bucket',
      `${inspection.address} is there${store.kind === 'unknown' ? '' : ` (${store.kind})`}`,
    ),
  );
  const listing = await step('list', 'objects cannot be listed', () => store.list(database, signal));
  if (listing !== undefined) found.push(report.ok('list', 'objects can be listed'));
  const settings = (
    await step('settings', 'the settings of the bucket cannot be read', () => inspection.settings(signal))
  )?.result;
  // The first write would be refused by it: that is one fault, and not two.
  const lacksLock = demands.objectLock && settings?.objectLock.value?.enabled === false;
  const probe = lacksLock
    ? undefined
    : (await step('upload', 'no archive can be written', () => store.probe(database, lasting)))?.result;
  if (probe !== undefined) found.push(...judgeProbe(report, probe));
  const trial = { ...checked, report, signal, lasting, keepsVersions: keepsVersions(settings) };
  const byDefault = settings?.objectLock.value?.byDefault;
  found.push(...(await tryLease(trial, byDefault !== undefined)));
  // Where no upload can be begun, that has been said.
  if (probe !== undefined) {
    const isLocked = demands.objectLock || byDefault !== undefined;
    found.push(...(await tryArchive(trial, isLocked)));
  }
  if (settings !== undefined) found.push(...judgeBucket(report, settings, demands, probe?.showsUploads));
  return listing !== undefined;
}

/** Whether the bucket is known to keep versions; Object Lock works on versions. */
function keepsVersions(settings: BucketSettings | undefined): boolean {
  const { versioning, objectLock } = settings ?? {};
  if (versioning?.value !== undefined) return versioning.value !== 'off';
  return objectLock?.value?.enabled === true;
}

function judgeProbe(report: Reporter, { checksum, showsUploads }: ProbeResult): Finding[] {
  const remedy =
    'What a killed run leaves is neither resumed nor removed: let a lifecycle rule abort incomplete uploads.';
  return [
    report.ok('upload', 'an upload can be begun, filled and aborted'),
    checksum === null
      ? report.ok(
          'checksum',
          'the store takes no checksums of parts: archives are proved in other ways (docs/stores.md)',
        )
      : report.ok('checksum', `the store takes ${checksum} checksums of parts`),
    showsUploads
      ? report.ok('uploads', 'unfinished uploads are listed: a killed run is resumed')
      : report.warn('uploads', 'unfinished uploads are not listed', remedy),
  ];
}
