import { startWholeDigest } from '../../integrity/checksum.ts';
import { BLOCK_SIZE, cutBlocks } from './blocks.ts';
import { differs } from './download-file.ts';
import { fetchBlock, type Reading } from './fetch-block.ts';

/** Bytes that are held at most, in blocks that have come before their turn. */
const READ_AHEAD = 64 * 2 ** 20;

/**
 * The bytes of an archive in their order, fetched in blocks over several connections: as many blocks as there are
 * connections are held, and no more.
 * The last piece is held back until all are known to be right: without it no reader takes them for a whole archive.
 * @throws IntegrityError `archive.checksum_mismatch` where they are not those of the manifest; StoreError
 */
export async function* downloadStream(reading: Reading, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { manifest, connections } = reading;
  const blockSize = Math.min(BLOCK_SIZE, Math.floor(READ_AHEAD / connections));
  const whole = startWholeDigest(manifest.checksum, manifest.partSize);
  const blocks = cutBlocks(manifest.size, blockSize);
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  const read = async (index: number): Promise<Buffer[]> => {
    const pieces: Buffer[] = [];
    const block = blocks[index];
    if (block !== undefined)
      await fetchBlock(reading, block, 'CRC32', (bytes) => void pieces.push(bytes), ended);
    return pieces;
  };
  let last: Buffer | undefined;
  const ahead: Promise<Buffer[]>[] = [];
  const begin = (index: number) => {
    const block = read(index);
    // Its turn to be awaited comes later: until then its failure is no stray one.
    block.catch(() => {});
    ahead.push(block);
  };
  try {
    for (let index = 0; index < connections; index++) begin(index);
    for (let index = 0; index < blocks.length; index++) {
      for (const bytes of (await ahead.shift()) ?? []) {
        whole.update(bytes);
        if (last !== undefined) yield last;
        last = bytes;
      }
      begin(index + connections);
    }
  } finally {
    over.abort();
  }
  const actual = whole.checksum();
  if (actual.value !== manifest.checksum.value) throw differs(manifest, actual);
  if (last !== undefined) yield last;
}
