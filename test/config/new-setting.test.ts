import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { inDirectory, SOUND_BUT_DATABASES } from './workspace.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COPIED = [
  'src',
  'scripts',
  'config',
  'docs',
  'helm',
  'test/config',
  'package.json',
  'biome.json',
  '.gitignore',
];

/** The settings added: a general one, and two that a database may override, of which one is a secret. */
const GENERAL = `
    diskTimeout: {
      doc: 'How long a disk may take.',
      format: 'duration',
      min: '1s',
      max: '1h',
      default: '5s',
      env: 'TRANSFER_DISK_TIMEOUT',
    },`;
const OVERRIDABLE = `
    colour: {
      doc: 'The colour of the backup.',
      format: 'choice',
      values: ['red', 'blue'],
      default: 'red',
      env: 'BACKUP_COLOUR',
    },`;
const SECRET = `
    seal: {
      doc: 'The seal of the backup.',
      format: 'secret',
      default: null,
      env: 'BACKUP_SEAL',
      sensitive: true,
    },`;

/** The place that uses them; its types are those of the schema. */
const USE = `
import type { Config, DatabaseConfig } from './config/schema/config.ts';
export const milliseconds = ({ transfer }: Config): number => transfer.diskTimeout;
export const seal = ({ backup }: DatabaseConfig): string | undefined => backup.seal;
export const colour = ({ backup }: DatabaseConfig): 'red' | 'blue' => backup.colour;
`;

const YAML = `
databases:
  - { name: a, app: x, id: ad-1, backup: { colour: blue, seal: seal-of-database-a } }
  - { name: b, app: x, id: ad-2 }
`;

test('a new setting stands in the schema and where it is used, and everywhere else by itself', () => {
  inDirectory((copy) => {
    for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    const text = (name: string): string => readFileSync(join(copy, name), 'utf8');
    const run = (...args: string[]): string =>
      execFileSync(process.execPath, args, { cwd: copy, encoding: 'utf8', env: environment });
    const environment = {
      ...SOUND_BUT_DATABASES,
      PATH: process.env.PATH,
      TRANSFER_DISK_TIMEOUT: '90s',
      BACKUP_SEAL: 'seal-of-all',
    };

    const addTo = (name: string, section: string, setting: string): void => {
      const head = `\n  ${section}: {`;
      expect(text(name).split(head)).toHaveLength(2);
      writeFileSync(join(copy, name), text(name).replace(head, head + setting));
    };
    addTo('src/config/schema/schema.ts', 'transfer', GENERAL);
    addTo('src/config/schema/database-schema.ts', 'backup', OVERRIDABLE + SECRET);
    writeFileSync(join(copy, 'src/use.ts'), USE);
    writeFileSync(join(copy, 'new.yaml'), YAML);

    // The types.
    const tsconfig = { extends: join(ROOT, 'tsconfig.json'), files: ['src/use.ts'], include: [] };
    writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify(tsconfig));
    expect(run(join(ROOT, 'node_modules/typescript/bin/tsc'), '--project', copy)).toBe('');

    // The effective configuration, of the environment, of the default, and of one database.
    const printed = parse(run('src/main.ts', 'run', '--config', 'new.yaml', '--print-config'));
    expect(printed.transfer.diskTimeout).toBe('90s');
    expect(printed.backup).toMatchObject({ colour: 'red', seal: '***' });
    expect(printed.databases).toEqual([
      { name: 'a', app: 'x', id: 'ad-1', backup: { colour: 'blue', seal: '***' } },
      { name: 'b', app: 'x', id: 'ad-2' },
    ]);

    // The reference and the example.
    run('test/config/reference.ts');
    const reference = text('docs/configuration.md').replaceAll(/ +/g, ' ');
    expect(reference).toContain(
      '| `transfer.diskTimeout` | `TRANSFER_DISK_TIMEOUT` | `5s` | a duration with its unit (ms, s, m, h, d) from 1s to 1h, such as 90s or 12h | How long a disk may take. |',
    );
    expect(reference).toContain('| `backup.colour` | one of red, blue | overrides `backup.colour` |');
    const example = text('config/archiver.example.yaml');
    expect(example).toContain('  # How long a disk may take.\n  diskTimeout: 5s\n');
    expect(example).toContain('  # The colour of the backup. One of red, blue.\n  colour: red\n');

    // The chart.
    run('scripts/chart/generate.ts');
    const { config } = JSON.parse(text('helm/backup-archiver/values.schema.json')).properties;
    expect(config.properties.transfer.properties.diskTimeout).toMatchObject({
      description: 'How long a disk may take.',
      type: 'string',
    });
    const colour = { description: 'The colour of the backup.', type: 'string', enum: ['red', 'blue'] };
    expect(config.properties.backup.properties.colour).toEqual(colour);
    expect(config.properties.databases.items.properties.backup.properties.colour).toEqual(colour);
  });
});
