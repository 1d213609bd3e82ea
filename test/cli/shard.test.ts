import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inShard, parseShard } from '../../src/cli/shard.ts';

const names = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,30}$/);

describe('reading a shard', () => {
  it.each([
    ['0/1', { index: 0, count: 1 }],
    ['0/4', { index: 0, count: 4 }],
    ['3/4', { index: 3, count: 4 }],
    [' 1/2\n', { index: 1, count: 2 }],
    ['00/08', { index: 0, count: 8 }],
    ['999998/999999', { index: 999_998, count: 999_999 }],
  ])('"%s"', (text, shard) => {
    expect(parseShard(text)).toEqual(shard);
  });

  it.each([
    '',
    '4/4',
    '5/4',
    '0/0',
    '1/0',
    '-1/4',
    '1/-4',
    '1',
    '/4',
    '1/',
    '1/2/3',
    '1.0/2',
    '1e0/2',
    '0x0/2',
    '1 / 2',
    'a/b',
    '0/1000000',
    'NaN/1',
  ])('"%s" is none', (text) => {
    expect(parseShard(text)).toBeUndefined();
  });
});

describe('which shard a database falls into', () => {
  // Computed with Python's zlib.crc32(name) % N. They must never change: two releases at work at once would
  // do one database twice and another not at all.
  it.each([
    ['orders', { 1: 0, 2: 0, 3: 2, 4: 2, 10: 2 }],
    ['users-db', { 1: 0, 2: 1, 3: 0, 4: 3, 10: 3 }],
    ['shop', { 1: 0, 2: 0, 3: 0, 4: 2, 10: 6 }],
    ['analytics.v2', { 1: 0, 2: 0, 3: 2, 4: 0, 10: 2 }],
    ['a', { 1: 0, 2: 1, 3: 0, 4: 3, 10: 7 }],
    ['0', { 1: 0, 2: 1, 3: 2, 4: 1, 10: 9 }],
    ['kibana-3938', { 1: 0, 2: 1, 3: 0, 4: 1, 10: 9 }],
    ['billing_2024', { 1: 0, 2: 1, 3: 1, 4: 1, 10: 1 }],
  ])('%s: %o', (name, golden) => {
    const found = Object.keys(golden).map((count) => [count, shardsOf(name, Number(count))]);
    expect(found).toEqual(Object.entries(golden).map(([count, index]) => [count, [index]]));
  });

  it('is exactly one, however many there are', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 200 }), (name, count) => {
        expect(shardsOf(name, count)).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });

  it('spreads a fleet', () => {
    const sizes = new Array<number>(8).fill(0);
    for (let i = 0; i < 800; i++) {
      const [index = -1] = shardsOf(`database-${i}`, 8);
      sizes[index] = (sizes[index] ?? 0) + 1;
    }
    expect(Math.min(...sizes)).toBeGreaterThan(60);
    expect(Math.max(...sizes)).toBeLessThan(140);
  });
});

function shardsOf(name: string, count: number): number[] {
  return [...Array(count).keys()].filter((index) => inShard(name, { index, count }));
}
