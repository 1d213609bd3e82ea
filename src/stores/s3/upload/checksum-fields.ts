import { ChecksumMode, ChecksumType } from '@aws-sdk/client-s3';
import type { ChecksumAlgorithm, ChecksumChoice, PartDigest } from '../../../integrity/checksum.ts';
import type { StoredChecksum } from '../../../integrity/stored-object.ts';

/** The members of requests and responses that carry a checksum, as the SDK names them. */
export interface ChecksumFields {
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumCRC64NVME?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
}

const ALGORITHMS: readonly ChecksumAlgorithm[] = ['CRC32', 'CRC64NVME', 'SHA256'];

/** What states a checksum in a request. */
export function checksumFields({ algorithm, value }: PartDigest): ChecksumFields {
  return { [`Checksum${algorithm}`]: value };
}

/** The checksum of that algorithm in a response. */
export function checksumIn(fields: ChecksumFields, algorithm: ChecksumAlgorithm): string | undefined {
  return fields[`Checksum${algorithm}`];
}

/** The checksum in a response, of whichever algorithm we know. */
export function anyChecksumIn(fields: ChecksumFields): PartDigest | null {
  for (const algorithm of ALGORITHMS) {
    const value = checksumIn(fields, algorithm);
    if (value !== undefined) return { algorithm, value };
  }
  return null;
}

/** The header, or trailer, that carries a checksum. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** What asks for a checksum when an upload is begun. */
export function checksumRequest(choice: ChecksumChoice | null): {
  ChecksumAlgorithm?: ChecksumAlgorithm;
  ChecksumType?: ChecksumType;
} {
  if (choice === null) return {};
  return { ChecksumAlgorithm: choice.algorithm, ChecksumType: typeOf(choice.kind) };
}

/** What asks a HEAD for the checksum. */
export function checksumMode(asksChecksum: boolean): { ChecksumMode?: ChecksumMode } {
  return asksChecksum ? { ChecksumMode: ChecksumMode.ENABLED } : {};
}

/** The name of a kind in the protocol. */
export function typeOf(kind: ChecksumChoice['kind']): ChecksumType {
  return kind === 'composite' ? ChecksumType.COMPOSITE : ChecksumType.FULL_OBJECT;
}

/**
 * The kind of a checksum that a response shows. `ChecksumType` is younger than the checksums: without it the
 * part count behind a composite one tells, where the store writes it.
 */
export function kindIn(value: string, type: ChecksumType | undefined): StoredChecksum['kind'] {
  if (type === ChecksumType.COMPOSITE || value.includes('-')) return 'composite';
  return type === ChecksumType.FULL_OBJECT ? 'full-object' : null;
}
