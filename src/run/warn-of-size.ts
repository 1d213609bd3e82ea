import type { Manifest } from '../model/manifest.ts';
import type { ArchiveListing } from '../ports/archive-store.ts';
import { hasRules } from '../retention/retention-policy.ts';
import { sizeAlarm } from '../retention/size-alarm.ts';
import { formatByteSize } from '../text/byte-size.ts';
import type { DatabaseJob } from './database-job.ts';

const HELD_BACK = ': retention deletes nothing until that is usual, or `prune --yes` says so';

/**
 * Says so where the newest archive is far smaller than those before it.
 * @param listing from before `made` were archived
 */
export function warnOfSize(
  { name, log, settings, retention }: Pick<DatabaseJob, 'name' | 'log' | 'settings' | 'retention'>,
  { archives }: ArchiveListing,
  made: readonly Manifest[],
): void {
  const dated = [...archives, ...made]
    .map(({ createdAt, size, key, backupId }) => ({ at: new Date(createdAt), size, key, backupId }))
    .sort((a, b) => b.at.getTime() - a.at.getTime());
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
    `${name}: the newest archive has ${formatByteSize(bytes)}, those before it ${formatByteSize(medianBytes)}${hasRules(retention) ? HELD_BACK : ''}`,
  );
}
