import { toArchiverError } from '../../model/errors.ts';
import { isSamePolicy, type PolicyRecord, policyRecord } from '../../retention/policy-record.ts';
import { hasPolicy, type PruningJob } from './pruning-job.ts';

/**
 * Whether just this policy was carried out on this database before. Then a plan that deletes much makes up for
 * missed nights, and is no slip in the policy. A record that cannot be read is none: the guard holds.
 */
export async function wasCarriedOut(job: PruningJob, signal: AbortSignal): Promise<boolean> {
  try {
    return isOf(job, await job.store.readPolicyRecord(job.name, signal));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    warn(job, error, 'which policy was carried out last cannot be read');
    return false;
  }
}

/**
 * Notes in the bucket that the policy was carried out, unless it says so already. To be called once a retention came to
 * its end. A failure is no failure of the retention: it is only logged.
 */
export async function rememberPolicy(job: PruningJob, signal: AbortSignal): Promise<void> {
  if (!hasPolicy(job)) return;
  try {
    if (isOf(job, await job.store.readPolicyRecord(job.name, signal))) return;
    await job.store.writePolicyRecord(recordOf(job), signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    warn(job, error, 'that the policy was carried out cannot be noted');
  }
}

function isOf(job: PruningJob, record: PolicyRecord | undefined): boolean {
  return isSamePolicy(recordOf(job), record);
}

function recordOf({ name, sourceId, retention, clock }: PruningJob): PolicyRecord {
  return policyRecord(name, sourceId, retention, new Date(clock.now()));
}

function warn({ log, name }: PruningJob, error: unknown, what: string): void {
  log.warn('retention.record_failed', { error: toArchiverError(error) }, `${name}: ${what}`);
}
