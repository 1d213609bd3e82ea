/**
 * Whether bytes begin as a gzip member does: ID1, ID2 and the only compression method there is
 * (RFC 1952 §2.3.1).
 */
export function hasGzipMagic(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08;
}

/** Bytes needed before `hasGzipMagic` can tell. */
export const GZIP_MAGIC_LENGTH = 3;
