import type { Manifest } from '../model/manifest.ts';
import type { ArchiveListing } from '../ports/archive-store.ts';
import { sizeAlarm } from '../retention/size-alarm.ts';
import { formatByteSize } from '../text/byte-size.ts';
import type { DatabaseJob } from './database-job.ts';

/**
 * Says so where the newest archive is far smaller than those before it.
 * @param listing from before `made` were archived
 */
export function warnOfSize(
  { name, log, settings }: Pick<DatabaseJob, 'name' | 'log' | 'settings'>,
  { archives }: ArchiveListing,
  made: readonly Manifest[],
): void {
  const dated = [
    ...archives.map(({ createdAt, size, key, backupId }) => ({
      at: createdAt.getTime(),
      size,
      key,
      backupId,
    })),
    ...made.map(({ createdAt, size, key, backupId }) => ({ at: Date.parse(createdAt), size, key, backupId })),
  ].sort((a, b) => b.at - a.at);
  const [newest] = dated;
  const alarm = sizeAlarm(
    dated.map(({ size }) => size),
    settings.sizeDrop,
  );
  if (newest === undefined || alarm === undefined) return;
  const { key, backupId } = newest;
  const { size: bytes, median: medianBytes } = alarm;
  log.warn(
    'archive.suspicious',
    { key, backupId, bytes, medianBytes },
    `${name}: the newest archive has ${formatByteSize(bytes)}, those before it ${formatByteSize(medianBytes)}: retention deletes nothing until that is usual, or \`prune --yes\` says so`,
  );
}
