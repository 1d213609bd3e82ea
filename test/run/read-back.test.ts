import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readBack } from '../../src/run/proof/read-back.ts';
import { calm } from '../stores/s3/store-fixture.ts';

const one = gzipSync(randomBytes(3000));
const two = gzipSync(Buffer.alloc(5000, 1));
const join = (...parts: Buffer[]) => Buffer.concat(parts);
const CHUNKS = [1, 7, 1024, 65_536];

function read(bytes: Buffer, size: number) {
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  return readBack(
    'key',
    Readable.from(chunks),
    [],
    { stallTimeout: 5_000, fault: (what) => new Error(what) },
    calm(),
  );
}

describe.each(CHUNKS)('an archive that is read back in chunks of %i', (size) => {
  it.each([
    ['one member', one],
    ['two members', join(one, two)],
    ['an empty member between two', join(one, gzipSync(''), two)],
  ])('is whole with %s', async (_, bytes) => {
    expect((await read(bytes, size)).size).toBe(bytes.length);
  });

  it.each([
    ['a zero byte behind it', join(one, Buffer.alloc(1))],
    ['many zero bytes behind it', join(one, Buffer.alloc(70_000))],
    ['a zero byte and another member behind it', join(one, Buffer.alloc(1), two)],
    ['other bytes behind it', join(one, Buffer.from('garbage!'))],
    ['the beginning of a member behind it', join(one, two.subarray(0, 9))],
    ['half a member behind it', join(one, two.subarray(0, -1))],
    ['its last byte missing', one.subarray(0, -1)],
    ['nothing in it', Buffer.alloc(0)],
  ])('is damaged with %s', async (_, bytes) => {
    await expect(read(bytes, size)).rejects.toMatchObject({ code: 'archive.damaged' });
  });
});
