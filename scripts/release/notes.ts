// Prints what the changelog says of a release:   node scripts/release/notes.ts 1.2.0
import { readFileSync } from 'node:fs';
import { notesOf } from './changelog.ts';

const [version = ''] = process.argv.slice(2);
const notes = notesOf(readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8'), version);

if (notes === undefined) {
  process.stderr.write(`CHANGELOG.md has no release ${version}\n`);
  process.exitCode = 1;
} else process.stdout.write(notes);
