import { startWholeDigest, strongestKind } from '../../integrity/checksum.ts';
import { proveStored } from '../../integrity/proof.ts';
import type { StoredObject, UploadReceipt } from '../../integrity/stored-object.ts';
import type { ArchiveIdentity } from '../../model/archive-key.ts';
import type { Backup } from '../../model/backup.ts';
import { ArchiverError, IntegrityError } from '../../model/errors.ts';
import { type ArchiveChecksum, MANIFEST_VERSION, type Manifest, type Proof } from '../../model/manifest.ts';
import { manifestField } from '../../model/manifest-field.ts';
import { countParts } from '../../model/part-layout.ts';
import { archiveMarks, toManifest } from '../../model/provenance.ts';
import type { DatabaseInfo } from '../../ports/backup-source.ts';
import type { DatabaseJob } from '../database-job.ts';
import { readStored } from './read-back.ts';

/** Milliseconds. */
const LOOKS_AGAIN_AFTER = [500, 2_000, 5_000];

/** What is stored with an archive's bytes. */
export function marksOf(job: DatabaseJob, backup: Backup): Record<string, string> {
  return archiveMarks(backup.id, job.sourceId, job.version);
}

export function identityOf(job: DatabaseJob, backup: Backup): ArchiveIdentity {
  return { database: job.name, createdAt: backup.createdAt, backupId: backup.id };
}

/**
 * Proves that the store holds what was sent; with `needsUnpacking` also that it unpacks to its end.
 * @throws IntegrityError where it does not; StoreError where it cannot be asked
 */
export async function proveUpload(
  job: DatabaseJob,
  backup: Backup,
  key: string,
  { sent, needsUnpacking }: { sent: UploadReceipt; needsUnpacking: boolean },
  signal: AbortSignal,
): Promise<{ stored: StoredObject; proof: Proof; checksum: ArchiveChecksum }> {
  const archive = identityOf(job, backup);
  const stored = await look(job, archive, signal);
  if (stored === undefined) {
    throw new IntegrityError('archive.unproven', `${key} is not there after its upload was completed`, {
      details: { key },
    });
  }
  const proof = proveStored(key, stored, sent);
  if (proof !== undefined && sent.checksum !== null && !needsUnpacking) {
    return { stored, proof, checksum: sent.checksum };
  }
  const asked = sent.checksum ?? { algorithm: sent.algorithm, kind: strongestKind(sent.algorithm) };
  const whole = startWholeDigest(asked, sent.partSize);
  const back = await readStored(job, archive, [whole], signal);
  const checksum = whole.checksum();
  if (back.size !== sent.size || (sent.checksum !== null && checksum.value !== sent.checksum.value)) {
    throw new IntegrityError(
      'archive.checksum_mismatch',
      `${key}: read back, it has other bytes than were sent`,
      { details: { key } },
    );
  }
  return { stored, proof: proof ?? 'read-back', checksum };
}

/** Looks at an object that was just made. A store may be late to show it, or say once what is not so: no verdict yet. */
async function look(
  { store, clock }: DatabaseJob,
  archive: ArchiveIdentity,
  signal: AbortSignal,
): Promise<StoredObject | undefined> {
  for (const wait of LOOKS_AGAIN_AFTER) {
    const stored = await store.head(archive, signal);
    if (stored !== undefined && stored.size > 0) return stored;
    await clock.sleep(wait, signal);
  }
  return store.head(archive, signal);
}

/** The manifest of a proved archive. */
export function manifestOf(
  job: DatabaseJob,
  backup: Backup,
  info: DatabaseInfo,
  archive: {
    key: string;
    stored: StoredObject;
    checksum: ArchiveChecksum;
    proof: Proof;
    partSize: number;
    parts?: number;
  },
): Manifest {
  if (archive.stored.size < 1) throw new ArchiverError('archive.empty', `${archive.key} is empty`);
  // What services wrote; a secret may have been issued after they repeated it.
  const own = (text: string) => manifestField(job.redaction.redact(text));
  const ownOrNull = (text: string | null) => (text === null ? null : own(text));
  return toManifest({
    version: MANIFEST_VERSION,
    database: job.name,
    sourceId: job.sourceId,
    databaseId: own(backup.databaseId),
    app: job.app,
    backupId: backup.id,
    backupName: own(backup.name),
    method: ownOrNull(backup.method),
    createdAt: backup.createdAt.toISOString(),
    archivedAt: new Date(job.clock.now()).toISOString(),
    key: archive.key,
    size: archive.stored.size,
    checksum: archive.checksum,
    proof: archive.proof,
    parts: archive.parts ?? countParts(archive.stored.size, archive.partSize),
    partSize: archive.partSize,
    fingerprint: ownOrNull(archive.stored.fingerprint),
    versionId: ownOrNull(archive.stored.versionId),
    engine: ownOrNull(info.engine ?? backup.type ?? null),
    engineVersion: ownOrNull(info.engineVersion),
    archiver: job.version,
  });
}
