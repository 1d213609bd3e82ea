import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { type SandboxWorld, startSandboxWorld } from '../e2e/sandbox-world.ts';
import { ScreenEmulator } from '../observability/progress/screen-emulator.ts';
import { seedArchive } from '../support/seeded-archive.ts';
import { recordOnTerminal } from '../support/terminal.ts';

// Needs `script` of util-linux. To look at the screens: TERMINAL_SCREENS=FOLDER, which gets each as text.

/** What a person types, and what has to be seen then. */
interface Session {
  readonly args: readonly string[];
  readonly codes: readonly number[];
  /** Whether a bar is to be seen on the way. */
  readonly hasBar?: boolean;
  /** On the screen at the end. */
  readonly shows?: RegExp;
}

const OUTPUT = 'OUTPUT';
/** A new session is a line here. A verb without one is recorded as it is called without anything. */
const WRITTEN: readonly Session[] = [
  { args: ['help'], codes: [0], shows: /^Exit codes: 0 all done$/m },
  { args: ['check'], codes: [0], shows: /^ready: no faults$/ },
  { args: ['run', '--database', 'blog'], codes: [0], shows: /run\.completed/ },
  { args: ['list'], codes: [0], shows: /^\d+ archives of 4 databases, / },
  { args: ['list', '--database', 'nothing'], codes: [0], shows: /^no archives$/m },
  { args: ['status'], codes: [1], shows: /^5 databases: 1 needs a person: new$/ },
  {
    args: ['verify'],
    codes: [0],
    shows: /^\d+ archives compared with their manifests: \d+ right, 0 wrong$/m,
  },
  {
    args: ['verify', '--deep', '--database', 'shop-production', '--newest', '1'],
    codes: [0],
    hasBar: true,
    shows: /^1 archive read back: 1 right, 0 wrong$/m,
  },
  {
    args: ['verify', '--deep', '--database', 'crm'],
    codes: [1],
    shows: /^1 archive read back: 0 right, 1 wrong$/m,
  },
  {
    args: ['download', 'shop-production', '--output', OUTPUT],
    codes: [0],
    hasBar: true,
    shows: /\(67108864 bytes\),\s+CRC32/,
  },
  { args: ['download', 'shop-production', '--output', OUTPUT], codes: [2], shows: /is there already/ },
  { args: ['download', 'shop-production', '--output', '-'], codes: [2], shows: /is a terminal/ },
  { args: ['download', 'nothing'], codes: [1], shows: /there is no archive nothing/ },
  { args: ['prune', '--dry-run'], codes: [0], shows: /^shop-production: \d+ of \d+ stay, [1-9]\d* go$/m },
  { args: ['prune'], codes: [0], shows: /^shop-production: \d+ of \d+ stay, [1-9]\d* removed$/m },
];
const SESSIONS: readonly Session[] = [
  ...WRITTEN,
  // Of the daemon test/e2e has the signals that end it.
  ...VERBS.filter(({ name }) => name !== 'daemon' && !WRITTEN.some(({ args }) => args[0] === name)).map(
    ({ name }): Session => ({ args: [name], codes: [0, 1, 2] }),
  ),
];

const DAY = 86_400_000;
const ESCAPE = '\x1b';
const COLOUR = new RegExp(`${ESCAPE}\\[[\\d;]*m`, 'g');
/** Besides the ends of lines and what moves the cursor. */
const OTHER_CONTROL = new RegExp(`(?![\\r\\n${ESCAPE}])\\p{Cc}`, 'u');
/** Where the next picture of the bars begins, or a line ends. */
const FRAMES = new RegExp(`(?<=\\n)|(?=${ESCAPE}\\[1G)`);
/** A line of the log, behind a bar perhaps; or one below it. */
const OF_LOG = /(\d\d:\d\d:\d\dZ |^ {4})/;
/** The signs and the verdict of `check`. */
const OF_CHECK = /^(?:[✓!✗] \S|(?:not )?ready: )/;
const BAR = /[█░]/;
describe.each([
  [80, 'colours'],
  [80, 'NO_COLOR'],
  [120, 'colours'],
  [120, 'NO_COLOR'],
])('on a terminal of %d columns, with %s', (columns, colours) => {
  let sandbox: SandboxWorld;
  let folder: string;
  let config: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    sandbox = await startSandboxWorld();
    folder = await mkdtemp(join(tmpdir(), 'terminal-'));
    const { world, s3 } = sandbox;
    const add = (app: string, size: number) =>
      world.scalingo.addDatabase({ app, archive: syntheticArchive({ size, seed: app }) });
    const databases = [
      add('shop-production', 64 * 2 ** 20),
      add('crm', 2 ** 20),
      add('blog', 2 ** 20),
      add('new', 2000),
    ];
    config = await world.configFile({
      databases,
      retention: { keepLast: 2, keepDaily: 2, keepMonthly: 2, minKeep: 2 },
    });
    const { LOG_FORMAT: _, ...rest } = world.environment();
    env = { ...rest, ...(colours === 'NO_COLOR' ? { NO_COLOR: '1' } : {}) };
    const made = await world.run(
      ['run', '--config', config, '--database', 'shop-production', '--database', 'crm'],
      env,
    );
    expect(made.code, made.stdout).toBe(0);
    const damaged = (await world.manifests()).find(({ database }) => database === 'crm');
    await s3.corrupt(damaged?.key ?? '', 5000);
    const seed = (database: string, daysAgo: number) =>
      seedArchive(
        s3,
        world.prefix,
        {
          database,
          createdAt: new Date(Math.floor((Date.now() - daysAgo * DAY) / 1000) * 1000),
          backupId: `5b8b36104ffb090d5a2b${1000 + daysAgo}`,
        },
        { addonId: databases[0]?.id ?? '', size: 66_000_000 },
      );
    for (const daysAgo of [1, 2, 3, 4, 40, 80]) seed('shop-production', daysAgo);
    seed('warehouse-of-the-analysts-eu', 400);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
    await sandbox[Symbol.asyncDispose]();
  });

  it.each(SESSIONS)('$args', async ({ args, codes, hasBar, shows }) => {
    const typed = args.map((word) => (word === OUTPUT ? join(folder, 'back.tar.gz') : word));
    const { code, written } = await recordOnTerminal([...typed, '--config', config], columns, env, folder);
    sandbox.world.expectNoSecret({ stdout: written, stderr: '' }, env);
    // It folds no line itself: a line that is too long for the terminal keeps its length here.
    const screen = new ScreenEmulator(100_000);
    for (const piece of written.replaceAll(COLOUR, '').split(FRAMES)) screen.write(piece);
    const number = SESSIONS.findIndex((session) => session.args === args) + 1;
    const bars = screen.frames.filter((lines) => lines.some((line) => BAR.test(line)));
    await keep(`${columns} ${colours} ${number} ${args[0]}`, [
      `$ backup-archiver ${args.join(' ')}`,
      ...(bars[Math.floor(bars.length / 2)] ?? []),
      ...(bars.length > 0 ? ['', 'at the end:'] : []),
      ...screen.lines,
      `[exit code ${code}]`,
    ]);

    expect(codes, written).toContain(code);
    const text = screen.lines.join('\n');
    if (shows !== undefined) expect(text).toMatch(new RegExp(shows.source, 'm'));
    const shown = [...printed(screen.lines), ...screen.frames.flat().filter((line) => BAR.test(line))];
    // A path that is longer has a line of its own.
    const isFoldable = (line: string) => /\S\s+\S/.test(line);
    expect(shown.filter((line) => [...line].length > columns && isFoldable(line))).toEqual([]);
    // The bar is seen on the way, and gone at the end.
    if (hasBar === true) expect(bars.length).toBeGreaterThan(0);
    expect(text).not.toMatch(BAR);
    // Colours are for the log and for the signs of `check`, and are ended there.
    const coloured = written.split('\r\n').filter((line) => line.match(COLOUR) !== null);
    const plain = coloured.map((line) => line.replaceAll(COLOUR, ''));
    const isColoured = (line: string) => OF_LOG.test(line) || (args[0] === 'check' && OF_CHECK.test(line));
    expect(plain.filter((line) => colours === 'NO_COLOR' || !isColoured(line))).toEqual([]);
    expect([undefined, `${ESCAPE}[0m`, `${ESCAPE}[22m`, `${ESCAPE}[39m`]).toContain(
      written.match(COLOUR)?.at(-1),
    );
    expect(written).not.toMatch(OTHER_CONTROL);
    if (!BAR.test(written)) expect(written.replaceAll(COLOUR, '')).not.toContain(ESCAPE);
  });
});

/** All but the log, and the one line of an error: those are whole, however long, for who searches or copies them. */
function printed(lines: readonly string[]): string[] {
  let isLog = false;
  return lines.filter((line) => {
    isLog = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ /.test(line) || (isLog && line.startsWith('    '));
    return !isLog && !line.startsWith('backup-archiver: ');
  });
}

async function keep(name: string, lines: readonly string[]): Promise<void> {
  const folder = process.env.TERMINAL_SCREENS;
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name.replaceAll(/[^\w-]+/g, '_')}.txt`), `${lines.join('\n')}\n`);
}
