import { readFileSync, writeFileSync } from 'node:fs';
import { STORE_PROFILES, type StoreProfile } from '../src/stores/s3/capabilities/store-profile.ts';
import { formatByteSize } from '../src/text/byte-size.ts';
import { type SeenStore, STORE_ROWS, STORE_SETTINGS, type StoreRow } from './store-table.ts';

// Writes the tables of stores.md from the profiles that the program goes by, and from what the suite of real servers
// saw (stores.json, by `npm run stores`): `node docs/generate-stores.ts`.

const DOCUMENT = new URL('./stores.md', import.meta.url);
const SEEN = new URL('./stores.json', import.meta.url);

/** The document with its tables made anew; the rest stays. */
export function withStoreTables(document: string): string {
  const seen = JSON.parse(readFileSync(SEEN, 'utf8')) as Readonly<Record<string, SeenStore>>;
  return withPart(withPart(document, 'stores', storeTable()), 'seen', `${seenTable(seen)}${settings(seen)}`);
}

function withPart(document: string, name: string, text: string): string {
  const mark = `<!-- begin ${name} -->\n`;
  const begin = document.indexOf(mark);
  const end = document.indexOf(`<!-- end ${name} -->`);
  if (begin < 0 || end < begin) throw new Error(`stores.md has lost the marks around ${name}`);
  return document.slice(0, begin + mark.length) + text + document.slice(end);
}

function seenTable(seen: Readonly<Record<string, SeenStore>>): string {
  const stores = Object.entries(seen);
  const header = [
    '',
    ...stores.map(([name, { version }]) => `${name} ${shorten(version)}`),
    'where it is otherwise',
  ];
  const rows = (Object.keys(STORE_ROWS) as StoreRow[]).map((row) => {
    const { what, without } = STORE_ROWS[row];
    return [what, ...stores.map(([, store]) => store.seen[row]), without];
  });
  return `\n${[line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')}\n\n`;
}

/** A version that Go made of a commit's time: its day. */
function shorten(version: string): string {
  return version.replace(/^0\.0\.0-(\d{4})(\d\d)(\d\d)\d{6}-\w+$/, '$1-$2-$3');
}

function settings(seen: Readonly<Record<string, SeenStore>>): string {
  const lines = Object.keys(seen).map((name) => {
    const { endpoint, more } = STORE_SETTINGS[name] ?? missing(name);
    return `- **${name}**: \`s3.endpoint: ${endpoint}\`.${more === undefined ? '' : ` ${more}`}`;
  });
  return `${lines.join('\n')}\n\n`;
}

function missing(name: string): never {
  throw new Error(`store-table.ts does not say how ${name} is configured`);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
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

if (import.meta.main) writeFileSync(DOCUMENT, withStoreTables(readFileSync(DOCUMENT, 'utf8')));
