import type { Backup } from '../model/backup.ts';
import type { Manifest } from '../model/manifest.ts';
import type { UnfinishedUpload } from '../ports/archive-store.ts';
import type { DatabaseInfo } from '../ports/backup-source.ts';
import type { EventFields } from '../ports/events.ts';
import { formatByteSize } from '../text/byte-size.ts';
import { formatDuration } from '../text/duration.ts';
import type { DatabaseJob } from './database-job.ts';
import { identityOf, manifestOf, proveUpload } from './proof/prove-archive.ts';
import { proveLeftOver } from './proof/prove-left-over.ts';
import { abortUploads } from './transfer/abort-uploads.ts';
import { transfer } from './transfer/transfer.ts';

/**
 * Copies one done backup into the bucket, proves it and writes its manifest.
 * @param leftOver whether an object of it lies there without a manifest: proved if it can be, else replaced
 * @param uploads unfinished uploads of it: resumed where that is possible
 * @throws what the source, the store or the proof raises; then there is no manifest, and an upload only if
 *   the next run can resume it
 */
export async function archiveBackup(
  job: DatabaseJob,
  backup: Backup,
  info: DatabaseInfo,
  { leftOver, uploads }: { leftOver: boolean; uploads: readonly UnfinishedUpload[] },
  signal: AbortSignal,
): Promise<Manifest> {
  const key = job.store.keyOf(identityOf(job, backup));
  if (leftOver) {
    const adopted = await adoptLeftOver(job, backup, info, key, signal);
    if (adopted !== undefined) {
      await abortUploads(job, uploads, 'superseded', signal);
      return adopted;
    }
  }
  const begun = job.clock.now();
  job.log.info(
    'archive.started',
    { backupId: backup.id, key, bytes: backup.size, store: job.store.kind },
    `archiving ${backup.name}`,
  );
  const meter = job.progress.begin(job.name, backup.size);
  try {
    const copied = await transfer(job, { backup, mustBeNew: !leftOver, uploads, meter }, signal);
    const proved = await proveUpload(job, backup, key, copied, signal);
    const { sent, way } = copied;
    const manifest = manifestOf(job, backup, info, { key, ...sent, ...proved });
    signal.throwIfAborted();
    await job.store.writeManifest(manifest, signal);
    logCompleted(job, manifest, { durationMs: job.clock.now() - begun, way });
    return manifest;
  } finally {
    meter.end();
  }
}

async function adoptLeftOver(
  job: DatabaseJob,
  backup: Backup,
  info: DatabaseInfo,
  key: string,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  const begun = job.clock.now();
  const proved = await proveLeftOver(job, backup, signal);
  if (proved === undefined) {
    job.log.warn(
      'archive.unproven',
      { backupId: backup.id, key },
      `${key} has no manifest and could not be proved: it is made again`,
    );
    return undefined;
  }
  const manifest = manifestOf(job, backup, info, { key, ...proved });
  await job.store.writeManifest(manifest, signal);
  logCompleted(job, manifest, { durationMs: job.clock.now() - begun, adopted: true });
  return manifest;
}

function logCompleted(
  job: DatabaseJob,
  manifest: Manifest,
  facts: Pick<EventFields<'archive.completed'>, 'durationMs' | 'way' | 'adopted'>,
): void {
  const { backupId, key, createdAt, size: bytes, parts, proof, checksum } = manifest;
  const bytesPerSecond = Math.round((bytes * 1000) / Math.max(facts.durationMs, 1));
  job.log.info(
    'archive.completed',
    { backupId, key, createdAt, bytes, ...facts, bytesPerSecond, parts, proof, checksum: checksum.value },
    `${formatByteSize(bytes)} archived and proved in ${formatDuration(facts.durationMs)}`,
  );
}
