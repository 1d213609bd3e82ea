import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { CRC32, CRC32C, CRC64NVME, Crc, type CrcKind, combineCrc } from './crc.ts';

/**
 * Checksums as
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html has them,
 * less the kinds of 2026 (MD5, SHA-512, XXHash), which no client of ours sends.
 */
export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export const ALGORITHMS: readonly ChecksumAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'];

const CRCS: Readonly<Partial<Record<ChecksumAlgorithm, CrcKind>>> = { CRC32, CRC32C, CRC64NVME };
const BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

/** `x-amz-checksum-crc32` and so on. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** `ChecksumCRC32` and so on, as in the XML documents. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`;
}

export function parseAlgorithm(text: string): ChecksumAlgorithm | undefined {
  return ALGORITHMS.find((algorithm) => algorithm === text.toUpperCase());
}

/** Whether the text could be such a checksum: base64 of the right number of bytes. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === BYTES[algorithm] && bytes.toString('base64') === text;
}

/** What a multipart upload may ask for: the SHAs cannot be combined, and CRC64NVME is never composite. */
export function allowsType(algorithm: ChecksumAlgorithm, type: ChecksumType): boolean {
  if (type === 'FULL_OBJECT') return CRCS[algorithm] !== undefined;
  return algorithm !== 'CRC64NVME';
}

/** The type of an upload that named an algorithm and no type. */
export function defaultType(algorithm: ChecksumAlgorithm): ChecksumType {
  return algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
}

/** A checksum in the making. */
export interface Digest {
  update(data: Buffer): void;
  /** Big-endian bytes. */
  digest(): Buffer;
}

export function startDigest(algorithm: ChecksumAlgorithm | 'MD5'): Digest {
  if (algorithm === 'CRC32') return new NativeCrc32();
  if (algorithm === 'CRC32C') return new Crc(CRC32C);
  if (algorithm === 'CRC64NVME') return new Crc(CRC64NVME);
  const hash: Hash = createHash(algorithm.toLowerCase());
  return { update: (data) => void hash.update(data), digest: () => hash.digest() };
}

class NativeCrc32 implements Digest {
  #value = 0;

  update(data: Buffer): void {
    this.#value = crc32(data, this.#value);
  }

  digest(): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#value);
    return bytes;
  }
}

/** A part as far as checksums go: its size in bytes and its own checksum in base64. */
export interface PartChecksum {
  readonly size: number;
  readonly checksum: string;
}

/** The CRC of all the bytes from the CRCs of the parts, base64. */
export function fullObjectChecksum(algorithm: ChecksumAlgorithm, parts: readonly PartChecksum[]): string {
  const kind = CRCS[algorithm];
  if (kind === undefined) throw new Error(`${algorithm} has no full-object checksum of parts`);
  let value = 0n;
  for (const part of parts) {
    const own = BigInt(`0x${Buffer.from(part.checksum, 'base64').toString('hex')}`);
    value = combineCrc(kind, value, own, part.size);
  }
  return Buffer.from(value.toString(16).padStart(kind.width / 4, '0'), 'hex').toString('base64');
}

/** The checksum of the parts' checksums, base64, then `-` and the number of parts. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly PartChecksum[]): string {
  const digest = startDigest(algorithm);
  for (const part of parts) digest.update(Buffer.from(part.checksum, 'base64'));
  return `${digest.digest().toString('base64')}-${parts.length}`;
}
