/** config/archiver.example.yaml, made from the schema: `node test/config/reference.ts` writes it. */
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { schema } from '../../src/config/schema/schema.ts';
import { isSetting, type Section, type Setting } from '../../src/config/schema/setting.ts';

export const EXAMPLE = fileURLToPath(new URL('../../config/archiver.example.yaml', import.meta.url));

const HEAD = `\
# The configuration of backup-archiver: every key with its default.
# Copy it to config/archiver.yaml and keep what differs; what is left out, or null, has its default.
# Every key has an environment variable too, which wins (docs/configuration.md).
`;

const DATABASES = `\
# What to archive. The name is the folder in the bucket: choose it once. \`scalingo addons\` shows the id.
databases:
  - name: shop-postgresql
    app: shop
    id: ad-11111111-2222-4333-8444-555555555555
  # A database may override any key of schedule, backup and retention; the others stay as below.
  - name: shop-mysql
    app: shop
    id: ad-66666666-7777-4888-9999-000000000000
    schedule:
      cron: 30 4 * * *
    backup:
      mode: latest
    retention:
      keepMonthly: 12
`;

/** What a section is about, where its keys do not say it. */
const SECTIONS: Readonly<Record<string, string>> = {
  retention: 'Which archives stay. Without a rule all do. For a year: 7 daily, 5 weekly, 12 monthly.',
  verify: 'Reading the archives back, part by part: off unless it has a cron pattern.',
  's3.objectLock':
    'Against deletion, even by the holder of the keys. Both or none; the bucket must have Object Lock.',
  restoreTest: 'Where archives are restored for a try: never into a database that is there already.',
  http: 'What watches the daemon: /healthz and /readyz for an orchestrator, /metrics for Prometheus.',
  notify: 'Where runs are reported (docs/notifications.md). A report that fails never fails a run.',
};

/** What has no default and that the example cannot do without. */
const FILLED_IN: Readonly<Record<string, string>> = {
  'scalingo.apiToken': 'tk-us-PUT-YOUR-OWN-HERE',
  's3.bucket': 'my-backups',
  's3.region': 'eu-west-3',
};

/** The example as the schema has it now. */
export function exampleText(): string {
  const blocks = Object.entries(schema).map(([name, node]) =>
    name === 'databases' ? DATABASES : block(name, node, name, ''),
  );
  return [HEAD, ...blocks.filter((text) => text !== '')].join('\n');
}

/** A key with its comment, and of a section all that stands below it; empty where no file may have it. */
function block(name: string, node: Setting | Section, key: string, indent: string): string {
  if (isSetting(node)) {
    if (node.environmentOnly === true) return '';
    return `${comment(meaning(key, node), indent)}${indent}${name}: ${value(key, node)}\n`;
  }
  const below = Object.entries(node).map(([child, it]) => block(child, it, `${key}.${child}`, `${indent}  `));
  const text = below.join('');
  return text === '' ? '' : `${comment(SECTIONS[key], indent)}${indent}${name}:\n${text}`;
}

function value(key: string, { default: otherwise, format }: Setting): string {
  return format === 'tags' ? '{}' : stringify(FILLED_IN[key] ?? otherwise).trim();
}

function meaning(key: string, { doc, values, defaultNote, example, sensitive, env }: Setting): string {
  const parts = [
    doc,
    values && !values.every((each) => doc.includes(each)) && `One of ${values.join(', ')}.`,
    example !== undefined && FILLED_IN[key] === undefined && `Such as ${example}.`,
    defaultNote !== undefined && `Null: ${defaultNote}.`,
    sensitive === true && `Better kept out of the file: ${env}, or ${env}_FILE.`,
  ];
  return parts
    .filter((part) => typeof part === 'string')
    .join(' ')
    .replaceAll('`', '');
}

const WIDTH = 110;

function comment(text: string | undefined, indent: string): string {
  if (text === undefined) return '';
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > WIDTH) lines.push(`${indent}# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line) => `${line}\n`).join('');
}
