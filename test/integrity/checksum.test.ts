import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ChecksumAlgorithm,
  compositeChecksum,
  digestOf,
  fullObjectChecksum,
  type SizedDigest,
  startDigest,
  startWholeDigest,
} from '../../src/integrity/checksum.ts';

const MiB = 2 ** 20;
const ALGORITHMS: readonly ChecksumAlgorithm[] = ['CRC32', 'CRC64NVME', 'SHA256'];

function digestsOf(algorithm: ChecksumAlgorithm, parts: readonly Uint8Array[]): SizedDigest[] {
  return parts.map((part) => ({
    size: part.length,
    value: digestOf(algorithm, Buffer.from(part)).value,
  }));
}

describe('the checksums of an archive in parts', () => {
  // CRC32 computed with Python's zlib and base64: of each part, of all the bytes, and, as S3 does it, of the
  // parts' CRC32s as big-endian bytes one after the other.
  const parts = [
    Buffer.from(Uint8Array.from({ length: 5 * MiB }, (_, i) => i % 251)),
    Buffer.from(Uint8Array.from({ length: 5 * MiB }, (_, i) => (i * 7) % 253)),
    Buffer.from('the last part is shorter'),
  ];
  const crcs = digestsOf('CRC32', parts);

  it('are as S3 writes them', () => {
    expect(crcs.map(({ value }) => value)).toEqual(['yIv8rA==', 'QzAAVw==', '8Mdsjg==']);
    const full = { algorithm: 'CRC32', value: 'WXCheA==', kind: 'full-object' };
    expect(fullObjectChecksum('CRC32', crcs)).toEqual(full);
    const composite = { algorithm: 'CRC32', value: 'JdGo3A==-3', kind: 'composite' };
    expect(compositeChecksum('CRC32', crcs)).toEqual(composite);
  });

  it('of a single part differ too: the composite one is of a checksum', () => {
    const last = crcs.slice(2);
    expect(fullObjectChecksum('CRC32', last)?.value).toBe('8Mdsjg==');
    expect(compositeChecksum('CRC32', last)?.value).toBe('8IrD8g==-1');
  });

  it('tell parts in another order', () => {
    for (const algorithm of ALGORITHMS) {
      const inOrder = digestsOf(algorithm, parts);
      const swapped = [inOrder[1], inOrder[0], inOrder[2]].flatMap((part) => part ?? []);
      for (const checksum of [fullObjectChecksum, compositeChecksum]) {
        const before = checksum(algorithm, inOrder);
        if (before !== null) expect(checksum(algorithm, swapped)?.value).not.toBe(before.value);
      }
    }
  });

  it('of SHA-256 is the SHA-256 of the parts’, and there is none of the whole', () => {
    const each = parts.map((part) => createHash('sha256').update(part).digest());
    const value = `${createHash('sha256').update(Buffer.concat(each)).digest('base64')}-3`;
    const composite = { algorithm: 'SHA256', value, kind: 'composite' };
    expect(compositeChecksum('SHA256', digestsOf('SHA256', parts))).toEqual(composite);
    expect(fullObjectChecksum('SHA256', digestsOf('SHA256', parts))).toBeNull();
  });

  it('of CRC64NVME is never composite', () => {
    expect(compositeChecksum('CRC64NVME', digestsOf('CRC64NVME', parts))).toBeNull();
  });

  it('as real servers gave them: 5 MiB of "abc", and "tail"', () => {
    // From HeadObject of SeaweedFS 4.48 and versitygw 1.8.0, which agree.
    const sent = [Buffer.alloc(5 * MiB, 'abc'), Buffer.from('tail')];
    expect(fullObjectChecksum('CRC32', digestsOf('CRC32', sent))?.value).toBe('7HztwA==');
    expect(compositeChecksum('CRC32', digestsOf('CRC32', sent))?.value).toBe('6y4OWg==-2');
    expect(fullObjectChecksum('CRC64NVME', digestsOf('CRC64NVME', sent))?.value).toBe('b6IRhf5jPw4=');
    expect(compositeChecksum('SHA256', digestsOf('SHA256', sent))?.value).toBe(
      '/zCCVlWLLLT3FXV336IuS4Eb1bfd1DT3+xt/EQXbYp8=-2',
    );
  });

  it('of the whole hang on the bytes alone, not on how they were cut', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<ChecksumAlgorithm>('CRC32', 'CRC64NVME'),
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 }),
        (algorithm, pieces) => {
          const whole = digestOf(algorithm, Buffer.concat(pieces)).value;
          expect(fullObjectChecksum(algorithm, digestsOf(algorithm, pieces))?.value).toBe(whole);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a checksum in the making', () => {
  it.each(ALGORITHMS)('%s does not care how the bytes come, and can be asked for twice', (algorithm) => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), (pieces) => {
        const digest = startDigest(algorithm);
        for (const piece of pieces) digest.update(Buffer.from(piece));
        expect(digest.value()).toBe(digestOf(algorithm, Buffer.concat(pieces)).value);
        expect(digest.value()).toBe(digest.value());
      }),
    );
  });

  it('of a whole that is read again is that of the parts it was sent in', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<ChecksumAlgorithm>('CRC32', 'SHA256'),
        fc.uint8Array({ minLength: 1, maxLength: 500 }),
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 70 }),
        (algorithm, bytes, partSize, chunk) => {
          const whole = startWholeDigest({ algorithm, kind: 'composite' }, partSize);
          for (let at = 0; at < bytes.length; at += chunk) {
            whole.update(Buffer.from(bytes.subarray(at, at + chunk)));
          }
          const parts = Array.from({ length: Math.ceil(bytes.length / partSize) }, (_, index) =>
            bytes.subarray(index * partSize, (index + 1) * partSize),
          );
          expect(whole.checksum()).toEqual(compositeChecksum(algorithm, digestsOf(algorithm, parts)));
        },
      ),
      { numRuns: 500 },
    );
  });
});
