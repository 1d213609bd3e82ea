import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { unpack } from '../../src/run/proof/unpack.ts';
import { bytesOf, calm } from '../stores/s3/store-fixture.ts';

const PLAIN = bytesOf(3 * 2 ** 20);
const PACKED = gzipSync(PLAIN, { level: 1 });

it('asks for the next piece once the one before is unpacked: its memory may be used again', async () => {
  const memory = Buffer.alloc(300_000);
  const reused = async function* () {
    for (let at = 0; at < PACKED.length; at += memory.length) {
      const count = PACKED.copy(memory, 0, at);
      yield memory.subarray(0, count);
      memory.fill(0xff);
    }
  };
  const pieces: Buffer[] = [];
  expect(await unpack(reused(), (piece) => void pieces.push(Buffer.from(piece)), calm())).toBe(PACKED.length);
  expect(Buffer.concat(pieces).equals(PLAIN)).toBe(true);
});

it.each([
  ['zero bytes behind its end', [PACKED, Buffer.alloc(1000)]],
  ['zero bytes in pieces of their own', [PACKED, Buffer.alloc(1000), Buffer.alloc(1000)]],
  ['bytes of another kind behind its end', [PACKED, Buffer.alloc(1000), Buffer.alloc(1000, 1)]],
  ['half of it', [PACKED.subarray(0, PACKED.length / 2)]],
  ['a flipped byte', [PACKED.subarray(0, 100_000), Buffer.alloc(1), PACKED.subarray(100_001)]],
])('names what is no gzip from the first byte to the last: %s', async (_, pieces) => {
  const bytes = async function* () {
    yield* pieces;
  };
  await expect(unpack(bytes(), () => {}, calm())).rejects.toMatchObject({ name: 'BadGzip' });
});

it('ends at once where what takes the pieces fails, although the next bytes never come', async () => {
  const fault = new Error('the taker has failed');
  const bytes = async function* () {
    yield PACKED.subarray(0, 2_000_000);
    await new Promise(() => {});
  };
  const failing = async () => {
    throw fault;
  };
  await expect(unpack(bytes(), failing, calm())).rejects.toBe(fault);
});
