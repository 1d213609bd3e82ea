import type { SourceTree } from './import-scan.ts';

/** Words that belong to one source, and where they may stand. */
const SOURCE = { words: /scalingo|addon/i, homes: ['src/sources/scalingo/', 'src/config/', 'src/cli/'] };
/** Words that belong to one kind of store. */
const STORE = { words: /s3|etag|multipart/i, homes: ['src/stores/s3/', 'src/config/', 'src/cli/'] };

/** Lines outside these homes that may use such a word, by file, with the reason. */
const EXCEPTIONS: readonly { file: string; lines: RegExp; reason: string }[] = [
  { file: 'src/model/error-codes.ts', lines: /foreign_addon/, reason: 'a code, a contract with users' },
  {
    file: 'src/model/manifest.ts',
    lines: /^ {2}(readonly )?(addonId|etag): /,
    reason: 'fields of the stored manifest, a contract with users',
  },
  {
    file: 'src/model/provenance.ts',
    lines: /addonId|etag|addon-id|archivedAddonId|foreign_addon/,
    reason: 'the one file that translates between the stored names and those of the story',
  },
  {
    file: 'src/retention/policy-record.ts',
    lines: /addonId/,
    reason: 'a field of the stored record, a contract with users',
  },
  { file: 'src/http/response-headers.ts', lines: /etag/i, reason: 'the header of HTTP (RFC 9110 §8.8.3)' },
  { file: 'src/http/bulk/response-head.ts', lines: /'etag'/, reason: 'the header of HTTP (RFC 9110 §8.8.3)' },
  {
    file: 'src/integrity/proof.ts',
    lines: /mismatch\(key, 'ETag',/,
    reason: 'a message: the operator compares it with what the tools for his store show',
  },
  {
    file: 'src/run/download/resuming-download.ts',
    lines: /validator \(ETag or Last-Modified\)/,
    reason: 'a message that names the header of HTTP',
  },
  {
    file: 'src/run/download/range-source.ts',
    lines: /validator \(ETag or Last-Modified\)|the strong ETag of the others/,
    reason: 'a message that names the header of HTTP',
  },
];

/** Each line of `src` that uses a vendor's word where it does not belong: `file:line: text`. */
export function strayVendorWords(tree: SourceTree): string[] {
  const found: string[] = [];
  for (const [file, text] of tree) {
    for (const [index, line] of text.split('\n').entries()) {
      // An address is the source of a fact, wherever it leads.
      const words = line.replaceAll(/https?:\/\/\S+/g, '');
      const isStray = [SOURCE, STORE].some(
        ({ words: vendor, homes }) => vendor.test(words) && !homes.some((home) => file.startsWith(home)),
      );
      if (isStray && !isException(file, line)) found.push(`${file}:${index + 1}: ${line.trim()}`);
    }
  }
  return found;
}

/** Exceptions that no line needs any more. */
export function unusedExceptions(tree: SourceTree): string[] {
  return EXCEPTIONS.filter(({ file, lines }) =>
    (tree.get(file) ?? '').split('\n').every((line) => !lines.test(line)),
  ).map(({ file, lines }) => `${file}: ${lines}`);
}

function isException(file: string, line: string): boolean {
  return EXCEPTIONS.some((exception) => exception.file === file && exception.lines.test(line));
}
