import type { StoredChecksum } from '../../integrity/stored-object.ts';
import { IntegrityError } from '../../model/errors.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { ReadBackRecord } from '../../model/verification.ts';
import type { ArchiveStore, ListedObject } from '../../ports/archive-store.ts';
import type { DumpFile } from '../contents/dump-file.ts';
import { downloadStream } from '../download/download-stream.ts';
import type { Reading } from '../download/fetch-block.ts';
import { requireSize } from '../find-archive.ts';
import { inspectArchive } from './inspect-archive.ts';

/**
 * Holds what the store says of an archive against its manifest: one HEAD. What a store says in a way of its own says
 * nothing; it can only speak against the bytes where it keeps a checksum of the same kind.
 * @throws IntegrityError `archive.missing`, `archive.size_mismatch` or `archive.checksum_mismatch`; StoreError
 */
export async function compareStored(
  store: Pick<ArchiveStore, 'head'>,
  archive: ListedObject,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<void> {
  const { key } = archive;
  const { backupId, database } = manifest;
  if (
    backupId !== archive.backupId ||
    database !== archive.database ||
    !manifest.key.endsWith(`/${key.split('/').at(-1)}`)
  ) {
    throw different('archive.foreign_manifest', key, `its manifest is the one of ${manifest.key}`);
  }
  const stored = await store.head(archive, signal);
  if (stored === undefined) throw different('archive.missing', key, 'its object is gone');
  requireSize(key, stored.size, manifest);
  const { checksum: kept } = stored;
  const { algorithm, value } = manifest.checksum;
  if (kept !== null && kept.algorithm === algorithm && isOfSameForm(kept, manifest) && kept.value !== value) {
    throw different(
      'archive.checksum_mismatch',
      key,
      `the store's ${algorithm} is ${kept.value}, its manifest says ${value}`,
    );
  }
}

/** A composite checksum is of parts: that of others, as a copy has them, says nothing. */
function isOfSameForm(kept: StoredChecksum, { checksum }: Manifest): boolean {
  const partsOf = (value: string) => /-(\d+)$/.exec(value)?.[1];
  return kept.kind === checksum.kind && partsOf(kept.value) === partsOf(checksum.value);
}

/** What a deep look found. */
export type DeepLook = Pick<ReadBackRecord, 'bytes' | 'files' | 'dumps'>;

/**
 * Reads an archive to its last byte: its checksum, its gzip, its tar, and the form of its dump.
 * @throws IntegrityError where any of them is wrong; StoreError where it cannot be read
 */
export async function readBackArchive(reading: Reading, signal: AbortSignal): Promise<DeepLook> {
  const { manifest, archive } = reading;
  const files = await inspectArchive(archive.key, downloadStream(reading, signal), signal);
  return { bytes: manifest.size, files: files.length, dumps: summarize(files) };
}

/** The dumps of an archive; of a folder of collections, all together. */
function summarize(files: readonly DumpFile[]): DeepLook['dumps'] {
  const dumps = files.flatMap(({ dump }) => (dump === null ? [] : [dump]));
  const collections = dumps.filter((dump) => dump.format === 'mongodb');
  const documents = collections.reduce((sum, each) => sum + each.documents, 0);
  const together = { format: 'mongodb', collections: collections.length, documents };
  const others = dumps.filter((dump) => dump.format !== 'mongodb').map((dump) => ({ ...dump }));
  return collections.length === 0 ? others : [...others, together];
}

function different(
  code: 'archive.missing' | 'archive.foreign_manifest' | 'archive.checksum_mismatch',
  key: string,
  what: string,
): IntegrityError {
  return new IntegrityError(code, `${key}: ${what}`, {
    hint: 'It was changed after it was archived. Take another archive (`backup-archiver list`), and look at the older versions of the object.',
    details: { key },
  });
}
