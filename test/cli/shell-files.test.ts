import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { shellFile, shellFiles } from '../../docs/generate-shell.ts';
import { VERBS } from '../../src/cli/verbs.ts';

const run = promisify(execFile);
const NAMES = [...VERBS.map(({ name }) => name), 'help', 'version'];

describe.each(Object.entries(shellFiles()))('%s', (name, text) => {
  it('is what the table of verbs says', async () => {
    // Where this fails: node docs/generate-shell.ts
    expect(await readFile(shellFile(name), 'utf8')).toBe(text);
  });

  it('has each verb, and each of its options', () => {
    const plain = text.replaceAll('\\-', '-');
    for (const verb of VERBS) {
      expect(plain).toContain(verb.name);
      for (const option of verb.options) {
        const long = option().long ?? '';
        expect(plain).toContain(name.endsWith('.fish') ? `-l ${long.slice(2)} ` : long);
      }
    }
  });

  it('goes with the package', async () => {
    const { files, man } = JSON.parse(await readFile(shellFile('package.json'), 'utf8'));
    expect(files).toContain(name.split('/')[0]);
    expect(man).toBe('man/backup-archiver.1');
  });
});

describe('the completion of bash', () => {
  const script = fileURLToPath(shellFile('completions/backup-archiver.bash'));
  /** What bash would offer for the last of these words, as bash itself splits them. */
  async function offered(words: readonly string[], cwd = tmpdir()): Promise<string[]> {
    const body = `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _backup_archiver; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await run('bash', ['-c', body, script, 'backup-archiver', ...words], { cwd });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((line) => line !== '');
  }

  it('is loaded for the command alone', async () => {
    const { stdout } = await run('bash', ['-c', 'source "$0"; complete -p', script]);
    expect(stdout).toBe('complete -F _backup_archiver backup-archiver\n');
  });

  it.each([
    ['', NAMES],
    ['ver', ['verify', 'version']],
    ['help pr', ['prune']],
    ['--log-level warn li', ['list']],
    ['--config = some.yaml pr', ['prune']],
    ['--print', ['--print-config']],
    ['verify --de', ['--deep']],
    ['verify shop-db --json --n', ['--newest']],
    ['--config verify prune --dr', ['--dry-run']],
    ['list --deep --de', []],
    ['run --log-format ', ['auto', 'json', 'pretty']],
    ['run --log-level = w', ['warn']],
    ['run --log-level =', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']],
    ['run --database ', []],
    ['verify sh', []],
    ['version ', []],
    ['nothing ', []],
  ])('offers after "%s": %j', async (line, expected) => {
    expect((await offered(line.split(' '))).sort()).toEqual([...expected].sort());
  });

  it('offers files where a file is meant, those with spaces too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'completion-'));
    try {
      await mkdir(join(folder, 'archives of shop'));
      await writeFile(join(folder, 'archiver.yaml'), '');
      expect((await offered(['download', '--output', 'arch'], folder)).sort()).toEqual([
        'archiver.yaml',
        'archives of shop',
      ]);
      expect(await offered(['--config', '=', 'archiver.'], folder)).toEqual(['archiver.yaml']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
