import type { ArchiveSource } from '../archive/archive-source.ts';

/**
 * How the link of an archive answers. Nothing of this is documented by Scalingo, so a client must cope
 * with every combination. An empty behaviour is the kindest server: ranges, a strong ETag and a length.
 */
export interface DownloadBehaviour {
  /** `ignore`: 200 and everything; `refuse`: 416 for any Range. Default `honour`. */
  readonly range?: 'honour' | 'ignore' | 'refuse';
  /** How the body's end is told (RFC 9112 §6.3); `close` has neither length nor chunks. Default `length`. */
  readonly framing?: 'length' | 'chunked' | 'close';
  /** Default `strong`. */
  readonly etag?: 'strong' | 'weak' | 'none';
  /** Sends the backup's creation as `Last-Modified`. Default false. */
  readonly lastModified?: boolean;

  /** The connection is cut after so many bytes of this response's body. */
  readonly cutAfter?: number;
  /**
   * `end`: every byte arrives, then the connection ends early (default where there is a length or chunks).
   * `reset`: a TCP reset, which may take bytes in flight with it (default for `close`, where an early end
   * would be a clean one).
   */
  readonly cutBy?: 'end' | 'reset';
  /** After so many bytes of this response's body not one more comes, and the connection stays open. */
  readonly stallAfter?: number;
  /** The body ends as if it were whole after so many bytes: silent, unless a length was declared. */
  readonly endAfter?: number;
  /** Pace of each connection. */
  readonly bytesPerSecond?: number;
  /** Real milliseconds before the headers. */
  readonly latencyMs?: number;

  /** Other bytes than the backup's own (truncated, doubled, flipped, another archive). */
  readonly archive?: ArchiveSource;
  /** Another inside of the ETag than the archive's own. */
  readonly validator?: string;
  /** A response without an archive: 401, 403, 404, 410, 500, or 200 with an error text. */
  readonly answer?: { readonly status: number; readonly body: string };
  /** 302 to another URL which then behaves as the rest of this behaviour says. */
  readonly redirect?: 'same-origin' | 'cross-origin';
}

/** A 200 that is no archive, as seen in https://github.com/Scalingo/cli/issues/1094. */
export function errorTextAnswer(
  body = 'fail to get archive from storage backend: context deadline exceeded',
): DownloadBehaviour {
  return { answer: { status: 200, body } };
}

/** `times` downloads in a row that are cut after `bytes` of their own body each. */
export function cuts(times: number, bytes: number, more: DownloadBehaviour = {}): DownloadBehaviour[] {
  return Array.from({ length: times }, () => ({ ...more, cutAfter: bytes }));
}
