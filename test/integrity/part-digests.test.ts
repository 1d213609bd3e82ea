import { describe, expect, it } from 'vitest';
import { digestOf, PartDigests, startWholeDigest, strongestKind } from '../../src/integrity/checksum.ts';

const bytes = Buffer.from('the bytes of an archive in parts');
const PART = 10;

function digestsOf(of = bytes, partSize = PART): PartDigests {
  const digests = new PartDigests('CRC32', partSize);
  digests.update(of);
  return digests;
}

describe('the checksums of parts whose bytes come one after the other', () => {
  const each = [0, 1, 2, 3].map((n) => digestOf('CRC32', bytes.subarray(n * PART, (n + 1) * PART)));

  it('are those of each part, by its number too', () => {
    const digests = digestsOf();
    expect(digests.values()).toEqual(each.map(({ value }) => value));
    expect([1, 2, 3, 4].map((number) => digests.of(number))).toEqual(each);
  });

  it('begin anew with the same cut', () => {
    const anew = digestsOf().anew();
    anew.update(bytes);
    expect(anew.values()).toEqual(digestsOf().values());
  });

  it('are equal for equal bytes alone', () => {
    expect(digestsOf().equals(digestsOf())).toBe(true);
    expect(digestsOf().equals(digestsOf(Buffer.from(bytes).fill(0, 0, 1)))).toBe(false);
    expect(digestsOf().equals(digestsOf(bytes.subarray(0, -1)))).toBe(false);
  });
});

describe('the checksum of the whole', () => {
  it.each([
    ['CRC32', 'full-object'],
    ['CRC64NVME', 'full-object'],
    ['SHA256', 'composite'],
  ] as const)('of %s is at its strongest %s', (algorithm, kind) => {
    expect(strongestKind(algorithm)).toBe(kind);
  });

  it('is of all the bytes, as they come', () => {
    const whole = startWholeDigest({ algorithm: 'CRC32', kind: 'full-object' }, PART);
    whole.update(bytes.subarray(0, 5));
    whole.update(bytes.subarray(5));
    expect(whole.checksum()).toEqual({ ...digestOf('CRC32', bytes), kind: 'full-object' });
  });

  it('is never composite where there is no such checksum', () => {
    const whole = startWholeDigest({ algorithm: 'CRC64NVME', kind: 'composite' }, PART);
    expect(() => whole.checksum()).toThrow(TypeError);
  });
});
