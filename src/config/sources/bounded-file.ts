import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { formatDuration } from '../../text/duration.ts';

/** A file's text, or why there is none: `cause` for a sentence that names the file itself. */
export type FileText = { readonly text: string } | { readonly why: string };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read (permission denied)',
  EPERM: 'it may not be read (permission denied)',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is not a directory',
  ENAMETOOLONG: 'its path is too long',
  ELOOP: 'its links go round in circles',
};

/** Milliseconds for the writer of a pipe to write all and to close it: a command that fetches a secret takes seconds. */
const PIPE_TIMEOUT = 30_000;
/** Milliseconds between two looks at it. */
const LOOK_EVERY = 20;

/**
 * Reads at most `limit` bytes of UTF-8: `/dev/zero` given by mistake must not fill the memory, nor a pipe into which
 * nothing is written hold up the start.
 * @param pipeTimeout milliseconds that a pipe (or a terminal) may take
 */
export function readBoundedFile(path: string, limit: number, pipeTimeout: number = PIPE_TIMEOUT): FileText {
  let handle: number | undefined;
  try {
    // Of a file it makes no difference; a pipe without a writer is not waited for by the system.
    handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const isPipe = !fstatSync(handle).isFile();
    const until = performance.now() + pipeTimeout;
    const buffer = Buffer.alloc(limit + 1);
    let length = 0;
    for (;;) {
      const read = readNow(handle, buffer, length);
      // Nothing yet, or no writer yet.
      if (read === undefined || (read === 0 && isPipe && length === 0)) {
        if (performance.now() > until) return { why: notClosed(pipeTimeout) };
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY);
        continue;
      }
      length += read;
      if (length > limit) return { why: `it is larger than ${limit} bytes` };
      if (read === 0) break;
    }
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length)) };
  } catch (error) {
    return { why: reasonOf(error) };
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** @returns bytes that were read, 0 at the end; `undefined` where there are none yet */
function readNow(handle: number, buffer: Buffer, length: number): number | undefined {
  try {
    return readSync(handle, buffer, length, buffer.length - length, null);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined;
    throw error;
  }
}

function notClosed(pipeTimeout: number): string {
  return `it is a pipe, and its writer did not write and close it within ${formatDuration(pipeTimeout)}`;
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is not UTF-8 text';
  // The system's own message repeats the path, which may be a secret put in the wrong variable.
  return REASONS[code] ?? `it cannot be read (${/^[A-Z_0-9]+$/.test(code) ? code : 'unknown reason'})`;
}
