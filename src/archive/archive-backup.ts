import type { Backup } from '../domain/backup.ts';
import type { DatabaseInfo } from '../domain/backup-api.ts';
import { formatByteSize } from '../domain/byte-size.ts';
import { formatDuration } from '../domain/duration.ts';
import { IntegrityError } from '../domain/errors.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { DatabaseJob } from './database-job.ts';
import { HealingSource } from './healing-source.ts';
import { archiveMetadata, identityOf, manifestOf, proveLeftOver, proveUpload } from './prove-archive.ts';

/**
 * Copies one done backup into the bucket, proves it and writes its manifest.
 * @param leftOver whether an object of it lies there without a manifest: proved if it can be, else replaced
 * @throws what the source, the store or the proof raises; then there is no manifest and no upload left
 */
export async function archiveBackup(
  job: DatabaseJob,
  backup: Backup,
  info: DatabaseInfo,
  leftOver: boolean,
  signal: AbortSignal,
): Promise<Manifest> {
  const key = job.store.keyOf(identityOf(job, backup));
  if (leftOver) {
    const adopted = await adoptLeftOver(job, backup, info, key, signal);
    if (adopted !== undefined) return adopted;
  }
  const begun = job.clock.now();
  const size = job.settings.verifySize ? backup.size : null;
  job.log.info(
    'archive.started',
    { backupId: backup.id, key, bytes: backup.size },
    `archiving ${backup.name}`,
  );

  const progress = job.progress.begin(job.name, backup.size);
  const source = new HealingSource({
    api: job.api,
    backupId: backup.id,
    expectedSize: size,
    stallTimeout: job.settings.stallTimeout,
    maxAttempts: job.settings.maxAttempts,
    clock: job.clock,
    random: job.random,
    log: job.log,
    onProgress: (bytes) => progress.report(bytes),
  });
  let manifest: Manifest;
  try {
    const sent = await job.store.upload(
      {
        archive: identityOf(job, backup),
        size: backup.size,
        mustBeNew: !leftOver,
        metadata: archiveMetadata(job, backup),
        body: source.bytes(signal),
      },
      signal,
    );
    if (sent.size !== source.delivered || sent.checksum.value !== source.checksum) {
      throw new IntegrityError('archive.checksum_mismatch', `${key}: other bytes were sent than were read`, {
        details: { key },
      });
    }
    const { stored, proof } = await proveUpload(job, backup, key, sent, signal);
    manifest = manifestOf(job, backup, info, { key, stored, proof, ...sent });
    signal.throwIfAborted();
    await job.store.writeManifest(manifest, signal);
  } finally {
    progress.end();
  }
  logCompleted(job, manifest, {
    durationMs: job.clock.now() - begun,
    connections: source.attempts,
    discarded: source.discarded,
  });
  return manifest;
}

async function adoptLeftOver(
  job: DatabaseJob,
  backup: Backup,
  info: DatabaseInfo,
  key: string,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  const begun = job.clock.now();
  const proved = await proveLeftOver(job, backup, key, signal);
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
  facts: { durationMs: number; [field: string]: unknown },
): void {
  const { backupId, key, size: bytes, parts, proof, checksum } = manifest;
  const bytesPerSecond = Math.round((bytes * 1000) / Math.max(facts.durationMs, 1));
  job.log.info(
    'archive.completed',
    { backupId, key, bytes, ...facts, bytesPerSecond, parts, proof, checksum: checksum.value },
    `${formatByteSize(bytes)} archived and proved in ${formatDuration(facts.durationMs)}`,
  );
}
