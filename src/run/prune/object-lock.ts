import type { ArchiveIdentity } from '../../model/archive-key.ts';
import { hasCode, StoreError } from '../../model/errors.ts';
import type { DatabaseJob } from '../database-job.ts';

/**
 * What Object Lock holds an archive by, as far as a HEAD tells: `legal hold`, or the time until which it may
 * not be deleted (ISO-8601). `undefined` where it may be, where it is gone, and where the store does not say.
 */
export async function lockOf(
  { store, clock }: Pick<DatabaseJob, 'store' | 'clock'>,
  archive: ArchiveIdentity,
  signal: AbortSignal,
): Promise<string | undefined> {
  const lockedUntil = (await store.head(archive, signal))?.lockedUntil ?? null;
  if (lockedUntil === null || lockedUntil === 'legal hold') return lockedUntil ?? undefined;
  return lockedUntil.getTime() > clock.now() ? lockedUntil.toISOString() : undefined;
}

/**
 * Whether a refused deletion speaks of a lock: AWS says 403 "Access Denied because object protected by object lock",
 * MinIO 400 "Object is WORM protected". A bare refusal is a right that is missing. The name of the object does not count,
 * since it may hold such a word.
 */
export function isHeldByLock(error: unknown): boolean {
  if (hasCode(error, 's3.object_locked')) return true;
  if (!(error instanceof StoreError) || (error.status !== 403 && error.status !== 400)) return false;
  const words = error.message.replace(error.operation, '');
  return /\bobject.?lock|\bworm\b|\bretention\b|\blegal hold\b/i.test(words);
}
