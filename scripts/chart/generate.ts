// Makes what follows from values.yaml and the program's own schema: the chart's values.schema.json and the
// table of its README.
//
//     node scripts/chart/generate.ts            writes them
//     node scripts/chart/generate.ts --check    exits 1 where they are not up to date
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { valuesTable, withTable } from './readme.ts';
import { describedValues } from './values-comments.ts';
import { valuesSchema } from './values-schema.ts';

const chart = new URL('../../helm/backup-archiver/', import.meta.url);
const source = readFileSync(new URL('values.yaml', chart), 'utf8');
const values = describedValues(source);
const descriptions = new Map(values.map(({ path, description }) => [path, description]));
const readme = readFileSync(new URL('README.md', chart), 'utf8');

const files = {
  'values.schema.json': formatted('values.schema.json', JSON.stringify(valuesSchema(descriptions))),
  'README.md': withTable(readme, valuesTable(values, parse(source))),
};

for (const [name, text] of Object.entries(files)) {
  const url = new URL(name, chart);
  if (!process.argv.includes('--check')) writeFileSync(url, text);
  else if (readFileSync(url, 'utf8') !== text) {
    process.stderr.write(`helm/backup-archiver/${name} is out of date: run node scripts/chart/generate.ts\n`);
    process.exitCode = 1;
  }
}

/** As the repository's formatter has it, which looks at these files too. */
function formatted(name: string, text: string): string {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const args = ['format', `--stdin-file-path=helm/backup-archiver/${name}`];
  return execFileSync(`${root}node_modules/.bin/biome`, args, { cwd: root, input: text, encoding: 'utf8' });
}
