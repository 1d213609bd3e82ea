import { startWholeDigest } from '../../integrity/checksum.ts';
import { BLOCK_SIZE, type Block, cutBlocks } from './blocks.ts';
import { differs } from './download-file.ts';
import { fetchBlock, type Reading } from './fetch-block.ts';

/** Bytes that are held at most, in blocks that have come before their turn. */
const READ_AHEAD = 64 * 2 ** 20;

/**
 * The bytes of an archive in their order, fetched in blocks over several connections: as many blocks as there are
 * connections are held, and no more. A piece is its reader's until the next one is asked for: its memory is used again.
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
  const read = async (block: Block, memory: Buffer): Promise<Buffer> => {
    await fetchBlock(reading, block, (bytes, at) => void bytes.copy(memory, at - block.start), ended);
    return memory.subarray(0, block.end - block.start);
  };
  let last: Buffer | undefined;
  const ahead: Promise<Buffer>[] = [];
  const begin = (block: Block | undefined, memory: Buffer) => {
    if (block === undefined) return;
    const fetched = read(block, memory);
    // Its turn to be awaited comes later: until then its failure is no stray one.
    fetched.catch(() => {});
    ahead.push(fetched);
  };
  try {
    for (const block of blocks.slice(0, connections)) {
      // Not from Node's shared pool, and never shown before it is written.
      begin(block, Buffer.allocUnsafeSlow(block.end - block.start));
    }
    for (let index = 0; index < blocks.length; index++) {
      const bytes = (await ahead.shift()) ?? Buffer.alloc(0);
      whole.update(bytes);
      if (index === blocks.length - 1) last = bytes;
      else yield bytes;
      begin(blocks[index + connections], Buffer.from(bytes.buffer));
    }
  } finally {
    over.abort();
  }
  const actual = whole.checksum();
  if (actual.value !== manifest.checksum.value) throw differs(manifest, actual);
  if (last !== undefined) yield last;
}
