import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ChecksumAlgorithm,
  compositeChecksum,
  fullObjectChecksum,
  isChecksumValue,
  startDigest,
} from '../../sandbox/s3/checksum.ts';

function checksum(algorithm: ChecksumAlgorithm, bytes: Uint8Array): string {
  const digest = startDigest(algorithm);
  digest.update(Buffer.from(bytes));
  return digest.digest().toString('base64');
}

describe('checksums', () => {
  // The check values of https://reveng.sourceforge.io/crc-catalogue/, and FIPS 180-2's for the SHAs.
  test.each([
    ['CRC32', '123456789', 'cbf43926'],
    ['CRC32C', '123456789', 'e3069283'],
    ['CRC64NVME', '123456789', 'ae8b14860a799888'],
    ['SHA1', 'abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['SHA256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ] as const)('%s of its check string', (algorithm, text, hex) => {
    const value = checksum(algorithm, Buffer.from(text));
    expect(Buffer.from(value, 'base64').toString('hex')).toBe(hex);
    expect(isChecksumValue(algorithm, value)).toBe(true);
    expect(isChecksumValue(algorithm, `${value}=`)).toBe(false);
  });

  test.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)(
    '%s of a whole is combined from its parts, however they are cut and fed',
    (algorithm) => {
      fc.assert(
        fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6 }), (pieces) => {
          const parts = pieces.map((piece) => ({ size: piece.length, checksum: checksum(algorithm, piece) }));
          const whole = Buffer.concat(pieces);
          const fed = startDigest(algorithm);
          for (const piece of pieces) fed.update(Buffer.from(piece));
          expect(fed.digest().toString('base64')).toBe(checksum(algorithm, whole));
          expect(fullObjectChecksum(algorithm, parts)).toBe(checksum(algorithm, whole));
        }),
        { numRuns: 300 },
      );
    },
  );

  test('a composite checksum is that of the digests, and names their number', () => {
    const parts = ['a', 'b'].map((text) => ({ size: 1, checksum: checksum('SHA256', Buffer.from(text)) }));
    const digests = Buffer.concat(parts.map((part) => Buffer.from(part.checksum, 'base64')));
    expect(compositeChecksum('SHA256', parts)).toBe(`${checksum('SHA256', digests)}-2`);
  });
});
