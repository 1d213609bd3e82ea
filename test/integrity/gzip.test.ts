import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GZIP_MAGIC_LENGTH, hasGzipMagic } from '../../src/integrity/gzip.ts';

describe('the beginning of a gzip file', () => {
  it('is told from its first bytes, whatever was packed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.constantFrom(0, 1, 6, 9), (bytes, level) => {
        const packed = gzipSync(bytes, { level });
        expect(hasGzipMagic(packed)).toBe(true);
        expect(hasGzipMagic(packed.subarray(0, GZIP_MAGIC_LENGTH))).toBe(true);
        for (let short = 0; short < GZIP_MAGIC_LENGTH; short++) {
          expect(hasGzipMagic(packed.subarray(0, short))).toBe(false);
        }
      }),
    );
  });

  it.each([
    ['an error text', Buffer.from('fail to get archive from storage backend')],
    ['JSON', Buffer.from('{"error":"not found"}')],
    ['HTML', Buffer.from('<html>')],
    ['a zlib stream', deflateSync('x')],
    ['raw deflate', deflateRawSync('x')],
    ['zip', Buffer.from('PK\x03\x04')],
    ['xz', Buffer.from([0xfd, 0x37, 0x7a])],
    ['compress', Buffer.from([0x1f, 0x9d, 0x90])],
    ['a method that does not exist', Buffer.from([0x1f, 0x8b, 0x00])],
    ['a gzip file that begins a byte late', Buffer.concat([Buffer.of(0x0a), gzipSync('x')])],
    ['nothing', Buffer.alloc(0)],
  ])('is not found in %s', (_, bytes) => {
    expect(hasGzipMagic(bytes)).toBe(false);
  });
});

it.each([0, 1, 2])('bytes that differ from those of gzip in byte %i alone are none', (at) => {
  const head = Buffer.from([0x1f, 0x8b, 0x08]);
  expect(hasGzipMagic(head)).toBe(true);
  head[at] = 0;
  expect(hasGzipMagic(head)).toBe(false);
});
