import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shellFile } from '../../docs/generate-shell.ts';
import { VERBS } from '../../src/cli/verbs.ts';

// Needs bash, zsh and fish, `script` of util-linux, mandoc, groff and man.

const run = promisify(execFile);
const path = (name: string) => fileURLToPath(shellFile(name));
const NAMES = [...VERBS.map(({ name }) => name), 'help', 'version'];
const LINES: readonly (readonly [line: string, expected: readonly string[]])[] = [
  ['', NAMES],
  ['ver', ['verify', 'version']],
  ['--log-level info --config x.yaml pru', ['prune']],
  ['--print', ['--print-config']],
  ['verify --dee', ['--deep']],
  ['run --log-format ', ['auto', 'json', 'pretty']],
  ['help pr', ['prune']],
  ['run --since ', []],
  ['verify sh', []],
];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shell-'));
  await writeFile(join(folder, 'archiver.yaml'), '');
  await copyFile(path('completions/backup-archiver.zsh'), join(folder, '_backup-archiver'));
});

afterAll(() => rm(folder, { recursive: true }));

/** Types into a shell on a pseudo-terminal what is given, and gives what the terminal showed. */
async function typed(shell: string, keys: string): Promise<string> {
  const running = run('script', ['--quiet', '--return', '--command', shell, '/dev/null'], { cwd: folder });
  running.child.stdin?.end(keys);
  return (await running).stdout;
}

it('bash completes at its prompt, where --option=value is one word', async () => {
  const screen = await typed(
    'bash --norc --noprofile -i',
    [
      `source ${path('completions/backup-archiver.bash')}`,
      `backup-archiver() { printf '<%s>' "$@"; echo; }`,
      'backup-archiver verify --dee\t',
      'backup-archiver --log-level=wa\t list',
      'backup-archiver --config arch\t',
      'exit\n',
    ].join('\n'),
  );
  expect(screen).toContain('<verify><--deep>\r\n');
  expect(screen).toContain('<--log-level=warn><list>\r\n');
  expect(screen).toContain('<--config><archiver.yaml>\r\n');
});

describe('zsh', () => {
  // A shell whose completion runs as at its prompt; what it would show is printed between marks instead.
  const SETTINGS = `
bindkey '^I' complete-word
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  typeset -a hits
  builtin compadd -A hits "$@"
  print -rl -- $'\\x02'$^hits
}
ended() { print -rn -- $'\\x03' }
comppostfuncs=(ended)
`;
  const DRIVER = `
zmodload zsh/zpty || exit 2
zpty z zsh -f -i
zpty -w z "PROMPT=; fpath=($PWD \\$fpath); autoload -U compinit && compinit -u -D"
zpty -w z "source settings.zsh; print -r -- READY\\$((1+1))"
while zpty -r z line; do [[ $line == *READY2* ]] && break; done
zpty -w -n z "$1"$'\\t'
zpty -r z line '*'$'\\x03''*' && print -r -- "$line"
`;
  async function offered(line: string): Promise<string[]> {
    await writeFile(join(folder, 'settings.zsh'), SETTINGS);
    await writeFile(join(folder, 'driver.zsh'), DRIVER);
    const { stdout } = await run('zsh', ['-f', 'driver.zsh', line], { cwd: folder, timeout: 30_000 });
    return stdout
      .split('\x02')
      .slice(1)
      .map((piece) => piece.replaceAll('\x03', '').trim())
      .filter((word) => word !== '');
  }

  it.each(LINES)('offers after "%s": %j', async (line, expected) => {
    const words = new Set(await offered(`backup-archiver ${line}`));
    expect([...words].sort()).toEqual([...expected].sort());
  });

  it('offers files', async () => {
    expect(await offered('backup-archiver download --output arch')).toEqual(['archiver.yaml']);
  });
});

describe('fish', () => {
  async function offered(line: string): Promise<string[]> {
    const script = `source ${path('completions/backup-archiver.fish')}; complete -C $argv[1]`;
    const { stdout, stderr } = await run('fish', ['--no-config', '-c', script, line], { cwd: folder });
    expect(stderr).toBe('');
    return stdout.split('\n').flatMap((row) => (row === '' ? [] : [row.split('\t')[0] ?? '']));
  }

  it.each(LINES)('offers after "%s": %j', async (line, expected) => {
    expect((await offered(`backup-archiver ${line}`)).sort()).toEqual([...expected].sort());
  });

  it('offers files', async () => {
    expect(await offered('backup-archiver --config arch')).toEqual(['archiver.yaml']);
  });
});

describe('the man page', () => {
  const page = path('man/backup-archiver.1');

  it('has nothing that mandoc or groff finds fault with', async () => {
    expect((await run('mandoc', ['-T', 'lint', page])).stdout).toBe('');
    expect((await run('groff', ['-ww', '-man', '-Tutf8', page])).stderr).toBe('');
  });

  it.each([80, 120])('is shown by man, each verb and option of it, in %d columns', async (columns) => {
    const env = { ...process.env, MANWIDTH: `${columns}`, LC_ALL: 'C.UTF-8' };
    const { stdout } = await run('man', ['--local-file', page], { env });
    for (const verb of VERBS) {
      expect(stdout).toMatch(new RegExp(`^ +${verb.name}\\b`, 'm'));
      for (const option of verb.options) expect(stdout).toContain(option().long);
    }
    expect(stdout).toContain('backup-archiver prune --dry-run');
    for (const line of stdout.split('\n')) expect([...line].length).toBeLessThanOrEqual(columns);
  });
});
