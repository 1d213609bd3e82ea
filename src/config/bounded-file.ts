import { closeSync, openSync, readSync } from 'node:fs';

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

/** Reads at most `limit` bytes of UTF-8: `/dev/zero` given by mistake must not fill the memory. */
export function readBoundedFile(path: string, limit: number): FileText {
  let handle: number | undefined;
  try {
    handle = openSync(path, 'r');
    const buffer = Buffer.alloc(limit + 1);
    let length = 0;
    for (;;) {
      const read = readSync(handle, buffer, length, buffer.length - length, null);
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

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is not UTF-8 text';
  // The system's own message repeats the path, which may be a secret put in the wrong variable.
  return REASONS[code] ?? `it cannot be read (${/^[A-Z_0-9]+$/.test(code) ? code : 'unknown reason'})`;
}
