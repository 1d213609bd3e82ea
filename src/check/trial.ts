import { type ArchiverError, toArchiverError } from '../model/errors.ts';
import type { ArchiveStore } from '../ports/archive-store.ts';
import type { LeaseStore } from '../ports/lease.ts';
import type { StoreInspection } from '../ports/store-inspection.ts';
import type { Finding, Reporter } from './finding.ts';
import type { BucketDemands } from './judge-bucket.ts';

export interface CheckedStore {
  readonly store: ArchiveStore;
  readonly leases: LeaseStore;
  readonly inspection: StoreInspection;
  readonly demands: BucketDemands;
  /** The database in whose folder it is tried. */
  readonly database: string;
  /** In the names of its objects: no other check has it. Letters, digits and dashes. */
  readonly checkId: string;
}

/** A right that is being tried. */
export interface Trial extends CheckedStore {
  readonly report: Reporter;
  /** Ends the trial between two requests. */
  readonly signal: AbortSignal;
  /** Ends a request that is under way, a little later: what it makes must be known, to be taken away. */
  readonly lasting: AbortSignal;
}

/** How long a request that is under way may take once a signal has come, in milliseconds. */
const LAST_REQUEST = 5_000;
/** How long one object may take to be taken away, in milliseconds. */
const CLEAN_UP = 15_000;

/** A signal that follows another a little later. `dispose` takes its timer away. */
export function lastingSignal(signal: AbortSignal): { signal: AbortSignal; dispose: () => void } {
  const lasting = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const begin = () => {
    timer = setTimeout(() => lasting.abort(signal.reason), LAST_REQUEST);
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  return {
    signal: lasting.signal,
    dispose: () => {
      signal.removeEventListener('abort', begin);
      clearTimeout(timer);
    },
  };
}

/** @returns what went wrong; `undefined`: nothing. @throws the signal's reason */
export async function refusalOf(
  work: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<ArchiverError | undefined> {
  try {
    await work();
    signal.throwIfAborted();
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return toArchiverError(error);
  }
}

/**
 * Takes one object away, whatever else has happened.
 * @param erase as of `StoreInspection`
 * @param what it is, for the line
 */
export async function cleanUp(
  { report }: Pick<Trial, 'report'>,
  what: string,
  erase: (signal: AbortSignal) => Promise<string | undefined>,
): Promise<Finding[]> {
  const remedy = 'Delete it by hand, or let a lifecycle rule do so.';
  try {
    const left = await erase(AbortSignal.timeout(CLEAN_UP));
    return left === undefined ? [] : [report.warn('left', `this check leaves ${left}`, remedy)];
  } catch (error) {
    const { message } = toArchiverError(error);
    return [report.fail('left', `this check leaves ${what}, which could not be deleted: ${message}`, remedy)];
  }
}
