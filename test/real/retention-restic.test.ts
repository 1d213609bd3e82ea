import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archiveOf, type GoldenTable, keptRow, policyOf } from '../retention/golden-table.ts';
import { GOLDEN_TABLES } from '../retention/golden-tables.ts';

// The golden tables asked of restic itself: snapshots of a tiny file at the same times, and
// `forget --dry-run`. Tables over the same archives and zone share one repository, because each restic
// command spends half a second on its key.

const run = promisify(execFile);
const COMMAND_MS = 60_000;

const WORDS: Readonly<Record<string, string>> = {
  last: 'last snapshot',
  daily: 'daily snapshot',
  weekly: 'weekly snapshot',
  monthly: 'monthly snapshot',
  yearly: 'yearly snapshot',
};

interface Repository {
  readonly tables: GoldenTable[];
  readonly timezone: string;
  readonly path: string;
}

let folder = '';
/** restic keeps the oldest snapshot for a count that is not used up since 0.16; Debian 12 has 0.14. */
let keepsOldest = true;

beforeAll(async () => {
  const { stdout } = await run('restic', ['version']).catch(() => {
    throw new Error(
      'restic is not installed: these tests need the package "restic" (apt-get install restic)',
    );
  });
  const [, major, minor] = /^restic (\d+)\.(\d+)/.exec(stdout) ?? [];
  keepsOldest = Number(major) > 0 || Number(minor) >= 16;
  folder = await mkdtemp(join(tmpdir(), 'retention-restic-'));
  await writeFile(join(folder, 'file'), 'x');
});

afterAll(async () => {
  if (folder !== '') await rm(folder, { recursive: true });
});

describe('restic keeps the same', () => {
  for (const repository of repositories()) {
    test.concurrent(`${repository.timezone}, from ${repository.tables[0]?.archives[0]}: ${repository.tables.length} tables`, async () => {
      await fill(repository);
      for (const table of repository.tables) {
        expect(await forget(repository, table), table.name).toEqual(expected(table));
      }
    }, 240_000);
  }
});

function repositories(): Repository[] {
  const found = new Map<string, Repository>();
  for (const table of GOLDEN_TABLES.filter(({ restic }) => restic)) {
    const { timezone } = policyOf(table);
    const key = `${timezone} ${table.archives.join()}`;
    const repository = found.get(key) ?? { tables: [], timezone, path: `repository-${found.size}` };
    repository.tables.push(table);
    found.set(key, repository);
  }
  return [...found.values()];
}

async function restic({ path, timezone }: Repository, ...args: string[]): Promise<string> {
  const { stdout } = await run('restic', ['--no-cache', '--repo', join(folder, path), ...args], {
    env: { ...process.env, RESTIC_PASSWORD: 'x', TZ: timezone },
    timeout: COMMAND_MS,
  });
  return stdout;
}

async function fill(repository: Repository): Promise<void> {
  await restic(repository, 'init');
  const times = (repository.tables[0]?.archives ?? []).map((row) => archiveOf(row).createdAt);
  for (const time of times) {
    await restic(repository, 'backup', '--time', onTheWall(time, repository.timezone), join(folder, 'file'));
  }
  const stored = JSON.parse(await restic(repository, 'snapshots', '--json')) as { time: string }[];
  expect(stored.map(({ time }) => Date.parse(time)).sort()).toEqual(times.map(Number).sort());
}

/** What restic would keep, as `time: its reasons`, newest first. */
async function forget(repository: Repository, table: GoldenTable): Promise<string[]> {
  const { keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly, keepWithin } = policyOf(table);
  const counts = {
    last: keepLast,
    daily: keepDaily,
    weekly: keepWeekly,
    monthly: keepMonthly,
    yearly: keepYearly,
  };
  const flags = Object.entries(counts).map(([unit, count]) => `--keep-${unit}=${count}`);
  if (keepWithin !== undefined) flags.push(`--keep-within=${keepWithin.replaceAll('mo', 'm')}`);
  const answer = await restic(repository, 'forget', '--dry-run', '--json', '--group-by', '', ...flags);
  const [group] = JSON.parse(answer) as {
    reasons: { snapshot: { time: string }; matches: string[] }[];
  }[];
  return (group?.reasons ?? [])
    .toSorted((a, b) => Date.parse(b.snapshot.time) - Date.parse(a.snapshot.time))
    .map(({ snapshot, matches }) => describeKept(new Date(snapshot.time), matches));
}

/** What the table says, in restic's words, without the guards that restic does not have. */
function expected(table: GoldenTable): string[] {
  return table.kept.flatMap((line) => {
    const { row, reasons } = keptRow(line);
    const words = reasons
      .filter((reason) => reason !== 'minKeep' && reason !== 'newest')
      .filter((reason) => keepsOldest || !reason.endsWith('(oldest)'))
      .map((reason) => {
        const [kind = ''] = reason.split(' ');
        if (kind === 'within') return reason.replaceAll('mo', 'm');
        return `${reason.endsWith('(oldest)') ? 'oldest ' : ''}${WORDS[kind]}`;
      });
    return words.length === 0 ? [] : [describeKept(archiveOf(row).createdAt, words)];
  });
}

function describeKept(time: Date, reasons: readonly string[]): string {
  return `${time.toISOString()}: ${reasons.toSorted().join(', ')}`;
}

/** `2018-09-02 03:00:00`: what `--time` takes, on the clocks of `TZ`. */
function onTheWall(time: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(time);
}
