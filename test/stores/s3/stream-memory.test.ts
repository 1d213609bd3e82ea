import { expect, it } from 'vitest';
import { StreamMemory } from '../../../src/stores/s3/upload/stream-memory.ts';

const MiB = 2 ** 20;
const PART = 5 * MiB;

/** What lib-storage does: it joins pieces until they are more than a part, and keeps a view of the rest. */
async function* parts(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    held.push(piece);
    length += piece.length;
    if (length <= PART) continue;
    const joined = Buffer.concat(held);
    yield joined.subarray(0, PART);
    held = [joined.subarray(PART)];
    length = held[0]?.length ?? 0;
  }
  yield Buffer.concat(held);
}

/** 256 KiB at a time, in one and the same memory. */
async function* lent(size: number): AsyncGenerator<Buffer> {
  const memory = Buffer.alloc(256 * 1024);
  for (let offset = 0; offset < size; offset += memory.length) {
    const length = Math.min(memory.length, size - offset);
    for (let index = 0; index < length; index += 512) memory.writeUInt32LE(offset + index, index);
    yield memory.subarray(0, length);
    memory.fill(0);
  }
}

it('gives every byte in its place, in the memory of a few pieces', async () => {
  const memory = new StreamMemory(PART);
  const size = 40 * MiB + 12_288;
  const used = new Set<ArrayBufferLike>();
  async function* seen() {
    for await (const piece of memory.pieces(lent(size))) {
      used.add(piece.buffer);
      yield piece;
    }
  }
  let number = 0;
  let offset = 0;
  for await (const part of parts(seen())) {
    number++;
    memory.sent(number, part);
    for (let index = 0; index < part.length; index += 512) {
      if (part.readUInt32LE(index) !== offset + index)
        throw new Error(`byte ${offset + index} is another one`);
    }
    offset += part.length;
    memory.stored(number);
  }
  expect(offset).toBe(size);
  expect(used.size).toBeLessThanOrEqual(PART / MiB + 2);
});

it('gives the memory of a part back once it is stored and the next one is sent, in whatever order', () => {
  const memory = new StreamMemory(PART);
  const [first, second, third] = [1, 2, 3].map(() => Buffer.alloc(PART + MiB));
  if (first === undefined || second === undefined || third === undefined) throw new Error();
  const lengths = () => [first.length, second.length, third.length].map((length) => length > 0);
  memory.sent(1, first);
  memory.sent(2, second);
  memory.stored(2);
  expect(lengths()).toEqual([true, true, true]);
  memory.stored(1);
  expect(lengths()).toEqual([false, true, true]);
  memory.sent(3, third);
  expect(lengths()).toEqual([false, false, true]);
  memory.stored(3);
  expect(lengths()).toEqual([false, false, true]);
});

it('keeps the memory that the last part shares with the one before', () => {
  const memory = new StreamMemory(PART);
  const joined = Buffer.alloc(PART + MiB);
  const last = joined.subarray(PART);
  memory.sent(1, joined.subarray(0, PART));
  memory.sent(2, last);
  memory.stored(1);
  expect(last).toHaveLength(MiB);
});

it("leaves alone what shares Node's pool with others", () => {
  const memory = new StreamMemory(PART);
  const pooled = Buffer.from('small');
  memory.sent(1, pooled);
  memory.sent(2, Buffer.alloc(1));
  memory.stored(1);
  expect(pooled.toString()).toBe('small');
});
