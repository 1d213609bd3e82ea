/** How an archive is cut into parts. */
export interface PartLayout {
  /** Bytes of every part but the last. */
  readonly partSize: number;
  /** Parts in flight at once. Buffers hold at most `partSize × (concurrency + 1)` bytes. */
  readonly concurrency: number;
}

/** How many parts an archive of `size` bytes has: at least one. */
export function countParts(size: number, partSize: number): number {
  return Math.max(1, Math.ceil(size / partSize));
}
