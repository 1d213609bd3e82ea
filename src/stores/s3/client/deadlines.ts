/** How long the store may take to respond, in milliseconds, by operation. */

/** What the SDK's pauses between the tries of one request may take on top of the tries. */
export const PAUSES_TIMEOUT = 2_000;
/** The SDK's chain of credentials (role, web identity, metadata service), which has no bound of its own. */
export const CREDENTIALS_TIMEOUT = 60_000;
/** Calls that move no archive bytes. */
export const CONTROL_TIMEOUT = 60_000;
/** "can take several minutes to complete" (API_CompleteMultipartUpload); a composed object may be copied. */
export const COMPLETE_TIMEOUT = 15 * 60_000;
/** Bound of the clean-up after a failure: the run is ending already. */
export const CLEANUP_TIMEOUT = 30_000;

/** The slowest line on which a part still counts as moving, in bytes a second. */
const SLOWEST_LINE = 32 * 1024;

/** A part's bound grows with its size: a fixed one would fail every part of a slow line. */
export function partTimeout(bytes: number): number {
  return CONTROL_TIMEOUT + Math.ceil((bytes / SLOWEST_LINE) * 1000);
}
