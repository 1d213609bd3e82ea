import { mapBounded } from '../../concurrency/map-bounded.ts';
import { startDigest } from '../../integrity/checksum.ts';
import { IntegrityError } from '../../model/errors.ts';
import type { ArchiveChecksum, Manifest } from '../../model/manifest.ts';
import { type BlockPlan, planBlocks } from './blocks.ts';
import { fetchBlock, type Reading } from './fetch-block.ts';
import { PartialFile } from './partial-file.ts';

/** Bytes that are gathered before they are written: a write of each packet costs more than the packet. */
const WRITE_SIZE = 2 ** 20;

/**
 * Brings an archive to `path`, in blocks over several connections. What an earlier download left is checked and kept.
 * The file has its name only when all of it is there and right.
 * @param onFound called with how many bytes were there
 * @throws IntegrityError `archive.checksum_mismatch`; ArchiverError `download.disk`; StoreError; the signal's reason
 */
export async function downloadFile(
  reading: Reading,
  path: string,
  onFound: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { manifest } = reading;
  const plan = planBlocks(manifest);
  const { algorithm, blocks } = plan;
  const content = {
    key: manifest.key,
    size: manifest.size,
    checksum: manifest.checksum.value,
    algorithm,
    blocks,
  };
  let foundBytes = 0;
  const { partial, found: digests } = await PartialFile.open(
    path,
    content,
    (bytes) => (foundBytes += bytes),
    signal,
  );
  await using _ = partial;
  if (foundBytes > 0) onFound(foundBytes);
  const missing = blocks.filter(({ index }) => !digests.has(index));
  await mapBounded(
    missing,
    reading.connections,
    async (block, ended) => {
      const pending = new Gathered(partial);
      const running = startDigest(algorithm);
      await fetchBlock(
        reading,
        block,
        (bytes, at, keep) => {
          running.update(bytes);
          return pending.add(bytes, at, keep);
        },
        ended,
      );
      await pending.flush();
      const digest = running.value();
      await partial.note(block, digest);
      digests.set(block.index, digest);
    },
    signal,
  );
  const actual = await checksumOf(manifest, plan, digests, partial, signal);
  if (actual.value !== manifest.checksum.value) {
    await partial.discard();
    throw differs(manifest, actual);
  }
  await partial.finish();
}

async function checksumOf(
  { checksum: { algorithm, kind } }: Manifest,
  plan: BlockPlan,
  digests: ReadonlyMap<number, string>,
  partial: PartialFile,
  signal: AbortSignal,
): Promise<ArchiveChecksum> {
  const combined = plan.combine(plan.blocks.map(({ index }) => digests.get(index) ?? ''));
  return combined ?? { algorithm, kind, value: await partial.digest(algorithm, signal) };
}

/** What the store gave is not what its manifest says. */
export function differs(manifest: Manifest, actual: ArchiveChecksum): IntegrityError {
  const { key, checksum } = manifest;
  return new IntegrityError(
    'archive.checksum_mismatch',
    `${key}: the bytes of the store have the ${checksum.algorithm} ${actual.value}, its manifest says ${checksum.value}`,
    {
      hint: 'This archive is damaged, or its manifest is of another object. What was read of it is not to be used. Take another archive (`backup-archiver list`), and look at the older versions of the object.',
      details: { key, expected: checksum.value, actual: actual.value },
    },
  );
}

/** Pieces that follow each other, until there are enough of them to be written at once: while these are written, the next come. */
class Gathered {
  readonly #partial: PartialFile;
  #pieces: Buffer[] = [];
  /** Give the memory of the pieces back. */
  #releases: (() => void)[] = [];
  #size = 0;
  #at = 0;
  #written: Promise<void> = Promise.resolve();

  constructor(partial: PartialFile) {
    this.#partial = partial;
  }

  add(bytes: Buffer, at: number, keep: () => (() => void) | undefined): Promise<void> | undefined {
    if (this.#size === 0) this.#at = at;
    const release = keep();
    if (release !== undefined) this.#releases.push(release);
    this.#pieces.push(release === undefined ? Buffer.from(bytes) : bytes);
    this.#size += bytes.length;
    return this.#size >= WRITE_SIZE ? this.#write() : undefined;
  }

  /** Ends once all is written. */
  async flush(): Promise<void> {
    await this.#write();
    await this.#written;
  }

  /** Ends once the pieces before these are written. */
  async #write(): Promise<void> {
    const [pieces, releases] = [this.#pieces, this.#releases];
    this.#pieces = [];
    this.#releases = [];
    const at = this.#at;
    this.#size = 0;
    await this.#written;
    if (pieces.length === 0) return;
    this.#written = this.#partial.write(pieces, at).finally(() => {
      for (const release of releases) release();
    });
    // Its failure is heard when the next are to be written, or at the end.
    this.#written.catch(() => {});
  }
}
