import type { ArchiveChecksum } from '../model/manifest.ts';
import type { ChecksumAlgorithm, PartDigest } from './checksum.ts';

/** A checksum that a store shows; `kind` is `null` where it does not say which it is. */
export interface StoredChecksum extends PartDigest {
  readonly kind: ArchiveChecksum['kind'] | null;
}

/** What a HEAD shows. */
export interface StoredObject {
  readonly size: number;
  /** What the store names just these bytes by: made of them, or of its own choosing. `null`: nothing. */
  readonly fingerprint: string | null;
  /** How many parts it was made of, where the store tells. */
  readonly parts: number | null;
  readonly versionId: string | null;
  /** The store's own checksum, where it keeps one. */
  readonly checksum: StoredChecksum | null;
  /** `x-amz-meta-*`, names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Object Lock: until when it may not be deleted; `null` where it may, or the store does not say. */
  readonly lockedUntil: Date | 'legal hold' | null;
}

/** What the upload knows of the bytes it sent. */
export interface UploadReceipt {
  readonly size: number;
  readonly parts: number;
  readonly partSize: number;
  /** What the parts were checked by, and `checksum` is of. */
  readonly algorithm: ChecksumAlgorithm;
  /**
   * The archive's checksum, computed here: full-object, but for SHA-256 in parts, which has composite ones
   * alone. `null` where a part found again came without one.
   */
  readonly checksum: ArchiveChecksum | null;
  /** What the store's composite checksum must read, if it keeps that kind. */
  readonly compositeChecksum: ArchiveChecksum | null;
  /**
   * CRC32 of all the bytes as they were handed over, whatever the store keeps, to be held against the
   * source's; `null` where each part was sent by itself, or found again.
   */
  readonly crc32: string | null;
  /**
   * How each part was checked by the store: `checksum`, it confirmed ours; `md5`, its fingerprint was the MD5 of
   * what we sent; `none`, it showed neither.
   */
  readonly partsCheckedBy: PartCheck;
  /** The fingerprint that an object of exactly these parts has; `null` where those of the parts are no MD5s. */
  readonly expectedFingerprint: string | null;
}

/** How the store answered for a part's bytes; see `UploadReceipt.partsCheckedBy`. */
export type PartCheck = 'checksum' | 'md5' | 'none';

/** A part that the store holds. */
export interface StoredPart {
  /** From 1. */
  readonly number: number;
  readonly size: number;
  /** What the store names its bytes by. */
  readonly fingerprint: string;
  /** Checksum of its bytes; `null` where a store lists a part without it. */
  readonly digest: PartDigest | null;
  readonly checkedBy: PartCheck;
}
