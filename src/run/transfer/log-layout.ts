import type { Backup } from '../../model/backup.ts';
import { countParts, type PartLayout } from '../../model/part-layout.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import type { DatabaseJob } from '../database-job.ts';

/** So that the log says why a part has its size. */
export function logLayout(
  { store, log }: DatabaseJob,
  backup: Backup,
  way: 'parallel' | 'stream',
  { size, layout }: { size: number | null; layout: PartLayout },
): void {
  const { partSize, concurrency } = layout;
  const because = store.explainLayout(size, layout);
  const parts = size === null ? null : countParts(size, partSize);
  log.debug(
    'archive.layout',
    { backupId: backup.id, way, store: store.kind, partSize, parts, concurrency, because },
    `parts of ${formatByteSize(partSize)} (${because}), ${concurrency} at once`,
  );
}
