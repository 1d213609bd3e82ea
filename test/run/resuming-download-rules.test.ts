import { describe, expect, it } from 'vitest';
import {
  type Answer,
  broken,
  bytes,
  flipped,
  other,
  part,
  pieces,
  rangeRefused,
  read,
  size,
  whole,
} from './scripted-downloads.ts';

const CHUNKED = { length: null, totalSize: null, framed: true };
const UNFRAMED = { length: null, totalSize: null, framed: false };

describe('an archive is delivered whole', () => {
  it.each<[string, readonly (Answer | Error)[], number | null, number]>([
    ['in one response', [whole()], size, 1],
    ['in one response of unknown size', [whole()], null, 1],
    ['in chunks of unknown size', [whole(bytes, CHUNKED)], null, 1],
    ['without any framing, its size known', [whole(bytes, UNFRAMED)], size, 1],
    ['cut at its very end, its size known', [broken(whole(bytes, CHUNKED), size)], size, 1],
    ['cut at its very end, its length known', [broken(whole(), size)], null, 1],
    [
      'cut at its very end in chunks: there is nothing after it',
      [broken(whole(bytes, CHUNKED), size), rangeRefused(size)],
      null,
      2,
    ],
    [
      'cut at its very end in chunks: a refusal that says no size is asked about',
      [broken(whole(bytes, CHUNKED), size), rangeRefused(), whole(bytes, CHUNKED)],
      null,
      3,
    ],
    ['from where it broke', [broken(whole(), 4000), part(4000)], size, 2],
    ['by a server that begins again', [broken(whole(), 4000), whole()], size, 2],
    ['by a server that refuses ranges', [broken(whole(), 4000), rangeRefused(size), whole()], size, 3],
    [
      'although it breaks again while what was there is read again',
      [broken(whole(), 6000), broken(whole(), 3000), whole()],
      size,
      3,
    ],
    [
      'although it ends early, and cleanly, while what was there is read again',
      [broken(whole(bytes, CHUNKED), 6000), whole(bytes.subarray(0, 3000), CHUNKED), whole(bytes, CHUNKED)],
      null,
      3,
    ],
    ['with its magic in three pieces', [whole(bytes, { body: pieces(bytes, 1, 2, 3) })], size, 1],
    [
      'with a validator that only the second response has',
      [broken(whole(), 10), part(10, undefined, { validator: '"v"' })],
      size,
      2,
    ],
    [
      'begun again under another validator, its bytes the same',
      [broken(whole(bytes, { validator: '"a"' }), 10), whole(bytes, { validator: '"b"' })],
      size,
      2,
    ],
  ])('%s', async (_, answers, expectedSize, connections) => {
    const { error, same, asked, source } = await read(answers, expectedSize);
    expect(error).toBeUndefined();
    expect(same).toBe(true);
    expect(asked).toHaveLength(connections);
    expect(source.delivered).toBe(size);
  });

  it('asks for what is missing, with the validator of the response before', async () => {
    const { asked } = await read([
      broken(whole(bytes, { validator: '"v1"' }), 4000),
      broken(part(4000, undefined, { validator: '"v1"' }), 1000),
      part(5000),
    ]);
    expect(asked).toEqual([
      { start: 0 },
      { start: 4000, validator: '"v1"' },
      { start: 5000, validator: '"v1"' },
    ]);
  });
});

it('a source that gives one byte at each attempt is given up after a thousand', async () => {
  const byteByByte = Array.from({ length: 1_100 }, (_, at) =>
    broken(at === 0 ? whole() : part(at + 9), at === 0 ? 10 : 1),
  );
  const { error, asked } = await read(byteByByte);
  expect(error).toMatchObject({
    code: 'archive.source_failed',
    message: expect.stringContaining('1000 attempts'),
  });
  expect(asked).toHaveLength(1_000);
});

describe('an archive is refused', () => {
  it.each<[string, readonly (Answer | Error)[], number | null, string, number]>([
    [
      'whose validator changes',
      [broken(whole(bytes, { validator: '"a"' }), 4000), part(4000, undefined, { validator: '"b"' })],
      size,
      'archive.source_changed',
      2,
    ],
    [
      'that begins again with other bytes',
      [broken(whole(), 4000), whole(other)],
      size,
      'archive.source_changed',
      2,
    ],
    [
      'that begins again with one bit flipped',
      [broken(whole(), 4000), whole(flipped(bytes, 3999))],
      size,
      'archive.source_changed',
      2,
    ],
    ['that goes on elsewhere', [broken(whole(), 4000), part(4001)], size, 'archive.source_changed', 2],
    [
      'that has another size than was said',
      [whole(bytes, { totalSize: size + 1 })],
      size,
      'archive.size_mismatch',
      1,
    ],
    [
      'that has another size on the second look',
      [broken(whole(bytes, CHUNKED), 4000), part(4000, undefined, { totalSize: size + 1 })],
      size,
      'archive.size_mismatch',
      2,
    ],
    [
      'that goes on after its end',
      [whole(Buffer.concat([bytes, bytes]), CHUNKED)],
      size,
      'archive.too_long',
      1,
    ],
    [
      'that goes on after its end by one byte, in a chunk of its own',
      [whole(bytes, { ...CHUNKED, body: [bytes, Buffer.from([0])] })],
      size,
      'archive.too_long',
      1,
    ],
    [
      'that is doubled where it broke',
      [broken(whole(bytes, CHUNKED), 4000), part(4000, bytes)],
      size,
      'archive.too_long',
      2,
    ],
    ['that does not say where it ends', [whole(bytes, UNFRAMED)], null, 'archive.unframed', 1],
    ['that ends early, and cleanly', [whole(bytes.subarray(0, 9999), CHUNKED)], size, 'archive.truncated', 4],
    ['that is no gzip', [whole(Buffer.from('x'.repeat(size)))], size, 'archive.not_gzip', 3],
    ['that is too short for a gzip', [whole(bytes.subarray(0, 2), CHUNKED)], null, 'archive.not_gzip', 3],
    [
      'whose ranges and beginning are both refused',
      [broken(whole(), 4000), rangeRefused(size)],
      size,
      'scalingo.range_refused',
      3,
    ],
  ])('%s', async (_, answers, expectedSize, code, connections) => {
    const { error, same, asked, bytes: delivered } = await read(answers, expectedSize);
    expect(error).toMatchObject({ code });
    expect(asked).toHaveLength(connections);
    // What was delivered before is never more than the archive has, nor anything else.
    expect(same && code !== 'archive.too_long').toBe(false);
    expect(bytes.subarray(0, delivered.length).equals(delivered)).toBe(true);
  });

  it('that is cut when nothing is missing, but goes on after its end', async () => {
    const { error } = await read([broken(whole(Buffer.concat([bytes, bytes]), CHUNKED), size + 5)]);
    expect(error).toMatchObject({ code: 'archive.too_long' });
  });
});

describe('attempts', () => {
  it('count anew after every byte: one that always moves needs no timeoutScale', async () => {
    const answers = [broken(whole(), 3000), broken(part(3000), 3000), broken(part(6000), 1), part(6001)];
    const { error, same } = await read(answers, size, 1);
    expect(error).toBeUndefined();
    expect(same).toBe(true);
  });

  it('are one where only one is allowed and nothing came', async () => {
    const { error, asked } = await read([broken(whole(), 0)], size, 1);
    expect(error).toMatchObject({ code: 'archive.source_failed', details: { attempts: 1 } });
    expect(asked).toHaveLength(1);
  });
});
