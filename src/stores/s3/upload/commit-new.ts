import type { StoredObject } from '../../../integrity/stored-object.ts';
import { isUnsupported, S3Error } from '../client/s3-error.ts';

/** What goes with the request that makes the object, as far as it can do without. */
export interface CommitExtras {
  readonly IfNoneMatch?: '*';
  /** Whether to say what the whole must be. */
  readonly claims: boolean;
}

export interface CommitGuard {
  /** Whether an object at the key is an error. */
  readonly mustBeNew: boolean;
  /** Whether the store is documented to honour `If-None-Match: *` on this request. */
  readonly conditionHonoured: boolean;
  /** What the store holds at the key now. */
  readonly head: () => Promise<StoredObject | undefined>;
  /** Whether the request may say what the whole must be: not, once the store has refused that. */
  readonly mayClaim: () => boolean;
  /** The store took the request without such claims, having refused it with them. */
  readonly onClaimsRefused: () => void;
}

/**
 * Sends the request that makes the object, Complete or PutObject, so that it overwrites none. The condition is
 * the store's to keep. Some ignore it: where it is not documented, a look goes before it. Some turn it down
 * (501, 400): then the look has to do. So do some with what is said of the whole: it is left out, and the proof that
 * follows compares it. The parts are kept by a refusal, and none of them is sent again. Between look and request another writer could come, who would have to
 * work on the same database without its lease.
 * @param operation `CompleteMultipartUpload archives/prod/…`, for the error
 * @throws StoreError `s3.precondition_failed` where an object is there; what the request raises
 */
export async function commitNew<Output>(
  operation: string,
  { mustBeNew, conditionHonoured, head, mayClaim, onClaimsRefused }: CommitGuard,
  send: (extras: CommitExtras) => Promise<Output>,
): Promise<Output> {
  if (mustBeNew && !conditionHonoured) await refuseExisting(operation, head);
  const claims = mayClaim();
  try {
    return await send({ ...(mustBeNew ? { IfNoneMatch: '*' } : {}), claims });
  } catch (error) {
    if (!isUnsupported(error) || !(mustBeNew || claims)) throw error;
    // What was refused for another reason is refused again.
    if (mustBeNew) await refuseExisting(operation, head);
    const output = await send({ claims: false });
    if (claims) onClaimsRefused();
    return output;
  }
}

async function refuseExisting(operation: string, head: CommitGuard['head']): Promise<void> {
  if ((await head()) === undefined) return;
  throw new S3Error('s3.precondition_failed', `${operation}: an object is there already`, { operation });
}
