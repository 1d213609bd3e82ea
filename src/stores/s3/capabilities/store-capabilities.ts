import type { ChecksumChoice } from '../../../integrity/checksum.ts';
import type { UploadListing } from '../listing/unfinished-uploads.ts';

/** What a store was found to do with checksums. */
export interface StoreCapabilities {
  /** What it takes of an upload; `null`: no checksum is sent. */
  readonly checksum: ChecksumChoice | null;
  /** It takes the parts' checksums in a trailer behind the bytes, and confirms them. */
  readonly trailer: boolean;
  /** It has said that it keeps the kind that was asked for: the whole's own may be sent to be checked. */
  readonly wholeConfirmed: boolean;
  /** The ETag of a part is the MD5 of its bytes; others may look the same (encryption by the bucket's default). */
  readonly md5Etags: boolean;
  /** A HEAD may ask for the checksum (`x-amz-checksum-mode`). */
  readonly checksumMode: boolean;
  /** How it shows unfinished uploads; empty: not at all. */
  readonly uploadListings: readonly UploadListing[];
}

/** What may be assumed of a store that has not been probed. */
export const UNPROBED: StoreCapabilities = {
  checksum: null,
  trailer: false,
  wholeConfirmed: false,
  md5Etags: true,
  checksumMode: true,
  uploadListings: ['folder'],
};
