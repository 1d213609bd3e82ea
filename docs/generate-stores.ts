import { readFileSync, writeFileSync } from 'node:fs';
import { STORE_PROFILES, type StoreProfile } from '../src/stores/s3/capabilities/store-profile.ts';
import { formatByteSize } from '../src/text/byte-size.ts';

// Writes the table of stores.md from the profiles that the program goes by: `node docs/generate-stores.ts`.

const BEGIN = '<!-- begin stores -->\n';
const END = '<!-- end stores -->';
const DOCUMENT = new URL('./stores.md', import.meta.url);

/** The document with its table made anew; the rest stays. */
export function withStoreTable(document: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('stores.md has lost the marks around its table');
  return document.slice(0, begin + BEGIN.length) + storeTable() + document.slice(end);
}

function storeTable(): string {
  const header = [
    'store',
    'most parts',
    'largest part',
    'largest object',
    'equal parts',
    'conditional Complete',
    'checksums of parts',
  ];
  const rows = [...STORE_PROFILES.map(rowOf)];
  const sources = STORE_PROFILES.map(
    ({ name, sources }) => `- **${name}**: ${sources.map((source) => `<${source}>`).join(', ')}`,
  );
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return `
${[line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')}

${sources.join('\n')}

`;
}

function rowOf({ name, limits, equalParts, conditionalComplete, checksums }: StoreProfile): string[] {
  return [
    name,
    String(limits.maxParts),
    formatByteSize(limits.maxPartSize),
    formatByteSize(limits.maxObjectSize),
    equalParts ? 'demanded' : 'no',
    conditionalComplete ? 'yes' : 'not documented',
    checksums?.map(({ algorithm, kind }) => `${algorithm} ${kind}`).join(', ') ?? 'not documented',
  ];
}

if (import.meta.main) writeFileSync(DOCUMENT, withStoreTable(readFileSync(DOCUMENT, 'utf8')));
