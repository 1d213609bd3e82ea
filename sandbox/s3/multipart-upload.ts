import type { ChecksumAlgorithm, ChecksumType } from './checksum.ts';
import type { ObjectHeaders } from './object-attributes.ts';
import type { PartFile, PartPlace } from './part-file.ts';

/** A part that was received whole. */
export interface UploadedPart {
  readonly partNumber: number;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly md5: Buffer | undefined;
  readonly lastModified: Date;
  /** Base64, by algorithm: what the store computed. */
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
  /** The checksum kept with the part: that of the upload's algorithm, where Create named one. */
  readonly kept: ChecksumAlgorithm | undefined;
  readonly place: PartPlace;
}

/** A multipart upload that was neither completed nor aborted. */
export interface MultipartUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: Date;
  /** Position among all uploads begun, for a stable order. */
  readonly ordinal: number;
  readonly about: ObjectHeaders;
  /** What Create asked for. */
  readonly algorithm: ChecksumAlgorithm | undefined;
  readonly type: ChecksumType | undefined;
  readonly file: PartFile;
  /** Its own, removed with it. */
  readonly folder: string;
  readonly parts: Map<number, UploadedPart>;
}

/** Parts by number. */
export function partsInOrder(upload: MultipartUpload): UploadedPart[] {
  return [...upload.parts.values()].sort((a, b) => a.partNumber - b.partNumber);
}
