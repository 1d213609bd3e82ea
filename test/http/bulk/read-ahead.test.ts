import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadAhead } from '../../../src/http/bulk/read-ahead.ts';

/** What a socket and a reader do in turn: bytes come, bytes are taken, some of them are put back. */
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('receive' as const), count: fc.integer({ min: 1, max: 300_000 }) }),
    fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 400_000 }) }),
    fc.record({ kind: fc.constant('putBack' as const), count: fc.integer({ min: 0, max: 100_000 }) }),
  ),
  { maxLength: 60 },
);

it('gives the bytes in order, and leaves what was taken alone until the next is taken', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const ahead = new ReadAhead();
      let received = 0;
      let taken = 0;
      let lent: Buffer = Buffer.alloc(0);
      const lentIsAsItWas = () => lent.every((byte, index) => byte === byteAt(taken - lent.length + index));
      for (const { kind, count } of all) {
        if (kind === 'receive') {
          const target = ahead.target();
          const bytes = Math.min(count, target.length);
          for (let index = 0; index < bytes; index++) target[index] = byteAt(received + index);
          ahead.received(bytes);
          received += bytes;
        } else if (kind === 'take') {
          lent = ahead.take(count);
          taken += lent.length;
          expect(lent.length).toBeLessThanOrEqual(count);
          expect(lent.length > 0).toBe(received > taken - lent.length);
        } else if (lent.length > 0) {
          const bytes = Math.min(count, lent.length);
          ahead.putBack(bytes);
          lent = lent.subarray(0, lent.length - bytes);
          taken -= bytes;
        }
        if (!lentIsAsItWas()) throw new Error(`bytes in use were overwritten by ${kind}`);
        expect(ahead.size).toBe(received - taken);
      }
    }),
    { numRuns: 300 },
  );
});

it('uses the same memory again', () => {
  const ahead = new ReadAhead();
  const memories = new Set<ArrayBufferLike>();
  for (let round = 0; round < 1000; round++) {
    const target = ahead.target();
    memories.add(target.buffer);
    ahead.received(target.length);
    expect(ahead.take(target.length)).toHaveLength(target.length);
  }
  expect(memories.size).toBeLessThanOrEqual(3);
});

it('always has room for a TLS record, full or not', () => {
  const ahead = new ReadAhead();
  for (let round = 0; round < 200; round++) {
    expect(ahead.target().length).toBeGreaterThanOrEqual(16_384);
    ahead.received(16_384);
    expect(ahead.isFull).toBe(ahead.size >= 256 * 1024);
  }
});

/** A pattern that no shift of a power of two repeats. */
function byteAt(offset: number): number {
  return (offset * 31 + (offset >> 8)) % 251;
}

describe('what is kept', () => {
  /** Fills the target and takes all of it. */
  function pass(ahead: ReadAhead, value: number): Buffer {
    const target = ahead.target();
    target.fill(value);
    ahead.received(target.length);
    return ahead.take(target.length);
  }

  it('is left alone until each of its keepers has given it back, then used again', () => {
    const ahead = new ReadAhead();
    const first = pass(ahead, 1);
    const keepers = [ahead.keep(first), ahead.keep(first.subarray(100))];
    const others = new Set<ArrayBufferLike>();
    for (let round = 0; round < 20; round++) others.add(pass(ahead, 2).buffer);
    expect(first.every((byte) => byte === 1)).toBe(true);
    keepers[0]?.();
    for (let round = 0; round < 20; round++) others.add(pass(ahead, 2).buffer);
    expect(first.every((byte) => byte === 1)).toBe(true);
    expect(others).not.toContain(first.buffer);
    keepers[1]?.();
    const after = new Set<ArrayBufferLike>();
    for (let round = 0; round < 20; round++) after.add(pass(ahead, 3).buffer);
    expect(after).toContain(first.buffer);
  });

  it('takes no more memory round after round', () => {
    const ahead = new ReadAhead();
    const memories = new Set<ArrayBufferLike>();
    let kept: (() => void)[] = [];
    for (let round = 0; round < 50; round++) {
      const before = kept;
      kept = [];
      for (let piece = 0; piece < 8; piece++) {
        const bytes = pass(ahead, round);
        memories.add(bytes.buffer);
        const release = ahead.keep(bytes);
        if (release !== undefined) kept.push(release);
      }
      for (const release of before) release();
    }
    expect(memories.size).toBeLessThanOrEqual(2 * 8 + 3);
  });

  it('has to be copied where its memory is not from here', () => {
    const ahead = new ReadAhead();
    pass(ahead, 1);
    expect(ahead.keep(Buffer.alloc(10))).toBeUndefined();
  });
});
