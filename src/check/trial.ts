import { type ArchiverError, toArchiverError } from '../model/errors.ts';
import type { ArchiveStore } from '../ports/archive-store.ts';
import type { LeaseStore } from '../ports/lease.ts';
import type { CheckObject, StoreInspection } from '../ports/store-inspection.ts';
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
  /** Whether the bucket is known to keep versions of what is deleted. */
  readonly keepsVersions: boolean;
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
 * What the deletion of an object that is not there has shown; it goes before all writing. `stays`: why versions would
 * stay, so that nothing was tried; `refusal`: that the right is missing; `left`: what has stayed all the same.
 */
export interface FirstDeletion {
  readonly stays?: string | undefined;
  readonly refusal?: ArchiverError | undefined;
  readonly left?: Finding | undefined;
}

/**
 * Tries the right to delete before anything is written. In a bucket with versions a deletion makes a marker, also of
 * what is not there: where that could not be taken away, none is tried.
 * @throws the signal's reason
 */
export async function tryDeletion(trial: Trial, object: CheckObject): Promise<FirstDeletion> {
  const { inspection, keepsVersions, signal, lasting, report } = trial;
  let stays: string | undefined;
  let left: string | undefined;
  const refusal = await refusalOf(async () => {
    stays = keepsVersions ? await inspection.whyVersionsStay(object, lasting) : undefined;
    if (stays === undefined) left = await inspection.erase(object, lasting);
  }, signal);
  const says = `${left}, so that no more is written there`;
  return { stays, refusal, left: left === undefined ? undefined : leaves(report, says) };
}

/** What can be done about `stays`. */
export const VERSIONS_REMEDY =
  'Nothing, if that is meant. To have it tried, allow these keys to list and delete versions (docs/rights.md).';

function leaves(report: Reporter, left: string): Finding {
  return report.warn('left', `this check leaves ${left}`, LEFT_REMEDY);
}

const LEFT_REMEDY = 'Delete it by hand, or let a lifecycle rule do so.';

/**
 * Takes one object away, whatever else has happened.
 * @param what it is, for the line
 */
export async function cleanUp(
  { report, inspection }: Pick<Trial, 'report' | 'inspection'>,
  what: string,
  object: CheckObject,
): Promise<Finding[]> {
  try {
    const left = await inspection.erase(object, AbortSignal.timeout(CLEAN_UP));
    return left === undefined ? [] : [leaves(report, left)];
  } catch (error) {
    const { message } = toArchiverError(error);
    const says = `this check leaves ${what}, which could not be deleted: ${message}`;
    return [report.fail('left', says, LEFT_REMEDY)];
  }
}
