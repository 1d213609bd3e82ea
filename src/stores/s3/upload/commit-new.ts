import type { StoredObject } from '../../../integrity/stored-object.ts';
import { isUnsupported, S3Error } from '../client/s3-error.ts';

export interface CommitGuard {
  /** Whether an object at the key is an error. */
  readonly mustBeNew: boolean;
  /** Whether the store is documented to honour `If-None-Match: *` on this request. */
  readonly conditionHonoured: boolean;
  /** What the store holds at the key now. */
  readonly head: () => Promise<StoredObject | undefined>;
}

/**
 * Sends the request that makes the object, Complete or PutObject, so that it overwrites none. The condition is
 * the store's to keep. Some ignore it: where it is not documented, a look goes before it. Some turn it down
 * (501, 400): then the look has to do. Between look and request another writer could come, who would have to
 * work on the same database without its lease.
 * @param operation `CompleteMultipartUpload archives/prod/…`, for the error
 * @throws StoreError `s3.precondition_failed` where an object is there; what the request raises
 */
export async function commitNew<Output>(
  operation: string,
  { mustBeNew, conditionHonoured, head }: CommitGuard,
  send: (condition: { IfNoneMatch?: '*' }) => Promise<Output>,
): Promise<Output> {
  if (!mustBeNew) return send({});
  if (!conditionHonoured) await refuseExisting(operation, head);
  try {
    return await send({ IfNoneMatch: '*' });
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    // What was refused for another reason is refused again.
    await refuseExisting(operation, head);
    return send({});
  }
}

async function refuseExisting(operation: string, head: CommitGuard['head']): Promise<void> {
  if ((await head()) === undefined) return;
  throw new S3Error('s3.precondition_failed', `${operation}: an object is there already`, { operation });
}
