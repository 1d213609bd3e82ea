import type { ArchiveIdentity } from '../../model/archive-key.ts';
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
