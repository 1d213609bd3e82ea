import {
  type ChecksumAlgorithm,
  compositeChecksum,
  fullObjectChecksum,
  type SizedDigest,
} from '../../integrity/checksum.ts';
import type { ArchiveChecksum, Manifest } from '../../model/manifest.ts';
import type { ByteRange } from '../../ports/archive-store.ts';

/** Bytes of a block, at most: a kill costs one for each connection, and 64 GiB have 8,192. */
export const BLOCK_SIZE = 8 * 2 ** 20;

/** One piece of a download, checked by itself. */
export interface Block extends ByteRange {
  readonly index: number;
}

/** How an archive is cut into blocks, so that their checksums give the one of its manifest. */
export interface BlockPlan {
  readonly algorithm: ChecksumAlgorithm;
  readonly blocks: readonly Block[];
  /**
   * The checksum of the whole from the blocks', in their order; `null` where it cannot be combined: SHA-256 of one part.
   * @param digests base64
   */
  combine(digests: readonly string[]): ArchiveChecksum | null;
}

/** A composite checksum is of the archive's parts: its blocks are these parts. */
export function planBlocks({ size, partSize, checksum }: Manifest): BlockPlan {
  const { algorithm, kind } = checksum;
  const isComposite = kind === 'composite';
  const blocks = cutBlocks(size, isComposite ? partSize : BLOCK_SIZE);
  const sized = (digests: readonly string[]): SizedDigest[] =>
    blocks.map(({ start, end }, index) => ({ size: end - start, value: digests[index] ?? '' }));
  if (isComposite)
    return { algorithm, blocks, combine: (digests) => compositeChecksum(algorithm, sized(digests)) };
  // What checks a block needs to find an accident only: a CRC does.
  const ofBlocks = algorithm === 'SHA256' ? 'CRC32' : algorithm;
  return {
    algorithm: ofBlocks,
    blocks,
    combine: (digests) => (algorithm === 'SHA256' ? null : fullObjectChecksum(ofBlocks, sized(digests))),
  };
}

/** An archive of `size` bytes in blocks, of which only the last may be smaller. */
export function cutBlocks(size: number, blockSize: number): Block[] {
  return Array.from({ length: Math.ceil(size / blockSize) }, (_, index) => ({
    index,
    start: index * blockSize,
    end: Math.min(size, (index + 1) * blockSize),
  }));
}
