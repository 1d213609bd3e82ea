/**
 * Bytes (UTF-8) of a text from outside in a manifest. All of them together stay far below what is read of a manifest
 * (64 KiB): one that could not be read would make its archive worthless.
 */
const LONGEST = 1024;

/**
 * A name or a version from a service as the manifest keeps it: at most 1,024 bytes of UTF-8, cut between two code
 * points, and without lone surrogates, which JSON and UTF-8 write in two ways (Unicode Standard, section 3.9).
 */
export function manifestField(text: string): string {
  let kept = '';
  let bytes = 0;
  for (const letter of text.slice(0, LONGEST).toWellFormed()) {
    bytes += Buffer.byteLength(letter);
    if (bytes > LONGEST) break;
    kept += letter;
  }
  return kept;
}
