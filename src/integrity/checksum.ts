import { createHash } from 'node:crypto';
import type { ArchiveChecksum } from '../model/manifest.ts';
import { combineCrc32, crc32, encodeCrc32 } from './crc32.ts';
import { Crc64Nvme, combineCrc64Nvme, encodeCrc64Nvme } from './crc64-nvme.ts';

export type ChecksumAlgorithm = ArchiveChecksum['algorithm'];

/**
 * What a store is asked to keep of an object
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html). Of parts, a CRC
 * can be full-object or composite; CRC64NVME is full-object only, and SHA-256, which cannot be combined,
 * composite only.
 */
export type ChecksumChoice = Pick<ArchiveChecksum, 'algorithm' | 'kind'>;

/** The checksum of one part or of one run of bytes: base64 of the big-endian digest. */
export type PartDigest = Pick<ArchiveChecksum, 'algorithm' | 'value'>;

/** A part's share of an archive. */
export interface SizedDigest {
  readonly size: number;
  /** Base64. */
  readonly value: string;
}

/** A checksum in the making. */
export interface RunningDigest {
  update(bytes: Buffer): void;
  /** Base64, of all that has come so far. */
  value(): string;
}

export function startDigest(algorithm: ChecksumAlgorithm): RunningDigest {
  switch (algorithm) {
    case 'CRC32':
      return new RunningCrc32();
    case 'CRC64NVME':
      return new RunningCrc64Nvme();
    case 'SHA256':
      return new RunningSha256();
  }
}

/** The checksum of bytes that are all there. */
export function digestOf(algorithm: ChecksumAlgorithm, bytes: Buffer): PartDigest {
  const digest = startDigest(algorithm);
  digest.update(bytes);
  return { algorithm, value: digest.value() };
}

class RunningCrc32 implements RunningDigest {
  #crc = 0;

  update(bytes: Buffer): void {
    this.#crc = crc32(bytes, this.#crc);
  }

  value(): string {
    return encodeCrc32(this.#crc);
  }
}

class RunningCrc64Nvme implements RunningDigest {
  readonly #crc = new Crc64Nvme();

  update(bytes: Buffer): void {
    this.#crc.update(bytes);
  }

  value(): string {
    return encodeCrc64Nvme(this.#crc.value);
  }
}

class RunningSha256 implements RunningDigest {
  readonly #hash = createHash('sha256');

  update(bytes: Buffer): void {
    this.#hash.update(bytes);
  }

  value(): string {
    return this.#hash.copy().digest('base64');
  }
}

/** The kind that says most of an archive in parts. */
export function strongestKind(algorithm: ChecksumAlgorithm): ArchiveChecksum['kind'] {
  return algorithm === 'SHA256' ? 'composite' : 'full-object';
}

/** The whole's checksum from its parts', in their order; `null` for SHA-256, which cannot be combined. */
export function fullObjectChecksum(
  algorithm: ChecksumAlgorithm,
  parts: readonly SizedDigest[],
): ArchiveChecksum | null {
  const value = combined(algorithm, parts);
  return value === null ? null : { algorithm, value, kind: 'full-object' };
}

function combined(algorithm: ChecksumAlgorithm, parts: readonly SizedDigest[]): string | null {
  switch (algorithm) {
    case 'CRC32':
      return encodeCrc32(
        parts.reduce((whole, { value, size }) => combineCrc32(whole, bytesOf(value).readUInt32BE(), size), 0),
      );
    case 'CRC64NVME':
      return encodeCrc64Nvme(
        parts.reduce(
          (whole, { value, size }) => combineCrc64Nvme(whole, bytesOf(value).readBigUInt64BE(), size),
          0n,
        ),
      );
    case 'SHA256':
      return null;
  }
}

/**
 * What a store keeps for an object of parts with composite checksums: the checksum of the parts' checksums, and
 * their number (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html). `null`
 * for CRC64NVME, which is never composite.
 */
export function compositeChecksum(
  algorithm: ChecksumAlgorithm,
  parts: readonly Pick<SizedDigest, 'value'>[],
): ArchiveChecksum | null {
  if (algorithm === 'CRC64NVME') return null;
  const { value } = digestOf(algorithm, Buffer.concat(parts.map((part) => bytesOf(part.value))));
  return { algorithm, value: `${value}-${parts.length}`, kind: 'composite' };
}

/**
 * The checksum of an archive whose bytes come one after the other, as they do when it is read back.
 * @param partSize bytes of every part but the last; counts for a composite one only
 */
export function startWholeDigest(
  { algorithm, kind }: ChecksumChoice,
  partSize: number,
): { update(bytes: Buffer): void; checksum(): ArchiveChecksum } {
  if (kind === 'composite') return startComposite(algorithm, partSize);
  const digest = startDigest(algorithm);
  return {
    update: (bytes) => digest.update(bytes),
    checksum: () => ({ algorithm, value: digest.value(), kind }),
  };
}

function startComposite(algorithm: ChecksumAlgorithm, partSize: number): ReturnType<typeof startWholeDigest> {
  const digests = new PartDigests(algorithm, partSize);
  return {
    update: (bytes) => digests.update(bytes),
    checksum: () => {
      const checksum = compositeChecksum(
        algorithm,
        digests.values().map((value) => ({ value })),
      );
      if (checksum === null) throw new TypeError(`${algorithm} has no composite checksum`);
      return checksum;
    },
  };
}

/** The checksums of an archive's parts, whose bytes come one after the other. */
export class PartDigests {
  readonly algorithm: ChecksumAlgorithm;
  readonly #partSize: number;
  readonly #full: string[] = [];
  #part: RunningDigest;
  #room: number;

  /** @param partSize bytes of every part but the last; `Infinity`: all is one part */
  constructor(algorithm: ChecksumAlgorithm, partSize: number) {
    this.algorithm = algorithm;
    this.#partSize = partSize;
    this.#part = startDigest(algorithm);
    this.#room = partSize;
  }

  /** The same cut, before its first byte. */
  anew(): PartDigests {
    return new PartDigests(this.algorithm, this.#partSize);
  }

  update(bytes: Buffer): void {
    for (let offset = 0; offset < bytes.length; ) {
      if (this.#room === 0) this.#endPart();
      const piece = bytes.subarray(offset, offset + this.#room);
      this.#part.update(piece);
      this.#room -= piece.length;
      offset += piece.length;
    }
  }

  /** Base64, of each part that has begun, in order; the last one's is of what has come of it. */
  values(): string[] {
    return [...this.#full, this.#part.value()];
  }

  /** Whether the same bytes have come. */
  equals(others: PartDigests): boolean {
    return this.values().join() === others.values().join();
  }

  /** @param number from 1; of a part that has come whole, or as far as it has come */
  of(number: number): PartDigest {
    return { algorithm: this.algorithm, value: this.#full[number - 1] ?? this.#part.value() };
  }

  #endPart(): void {
    this.#full.push(this.#part.value());
    this.#part = startDigest(this.algorithm);
    this.#room = this.#partSize;
  }
}

function bytesOf(value: string): Buffer {
  return Buffer.from(value, 'base64');
}
