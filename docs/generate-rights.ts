import { readFileSync, writeFileSync } from 'node:fs';
import { type Feature, policyFor, RIGHTS, type Right, ROLES, type Role } from '../src/stores/s3/rights.ts';

// Writes the table and the policies of rights.md from the rights that the program's hints go by:
// `node docs/generate-rights.ts`.

const BEGIN = '<!-- begin rights -->\n';
const END = '<!-- end rights -->';
const DOCUMENT = new URL('./rights.md', import.meta.url);
const EVERYTHING: ReadonlySet<Feature> = new Set(['tags', 'objectLock', 'kms', 'check']);
const WITH: Readonly<Record<Feature, string>> = {
  tags: 'tags',
  objectLock: 'Object Lock',
  kms: 'SSE-KMS',
  check: '`check`',
};

/** The document with its table and policies made anew; the rest stays. */
export function withRights(document: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('rights.md has lost the marks around its table');
  return `${document.slice(0, begin + BEGIN.length)}\n${table()}\n\n${policies()}\n\n${document.slice(end)}`;
}

function table(): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const header = ['right', 'with', ...ROLES, 'for'];
  return [line(header), line(header.map(() => '---')), ...RIGHTS.map((right) => line(cellsOf(right)))].join(
    '\n',
  );
}

function cellsOf({ action, feature, roles, why, source }: Right): string[] {
  const where = (role: Role) => roles[role]?.join(', ') ?? '';
  return [`[\`${action}\`](${source})`, feature === undefined ? '' : WITH[feature], ...ROLES.map(where), why];
}

function policies(): string {
  const place = {
    bucket: 'my-backups',
    prefix: 'prod/',
    keyArn: 'arn:aws:kms:eu-west-3:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  };
  return ROLES.flatMap((role) => {
    const policy = policyFor(role, { ...place, features: EVERYTHING });
    return [`### The ${role}`, `\`\`\`json\n${JSON.stringify(policy, null, 2)}\n\`\`\``];
  }).join('\n\n');
}

if (import.meta.main) writeFileSync(DOCUMENT, withRights(readFileSync(DOCUMENT, 'utf8')));
