import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  BEARER_CANARY,
  CANARIES,
  inDirectory,
  problemsIn,
  problemsOf,
  type Situation,
  SOUND,
  writeFiles,
} from './workspace.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/run-situations.ts', import.meta.url));

/** A wrong configuration, and all the lines that it must give: in full, or a pattern for the whole line. */
export interface WrongCase extends Situation {
  readonly name: string;
  readonly lines: readonly (string | RegExp)[];
  /** Further texts that no line may hold. */
  readonly hidden?: readonly string[];
}

/** Tests every case: no line more, none less, one line each, and nothing secret in any. */
export function testWrongCases(cases: readonly WrongCase[]): void {
  test.each(cases)('$name', ({ lines, hidden = [], ...situation }) => {
    const problems = problemsOf(situation);
    expect(problems).toHaveLength(lines.length);
    for (const [index, line] of lines.entries()) {
      if (typeof line === 'string') expect(problems[index]).toBe(line);
      else expect(problems[index]).toMatch(line);
    }
    const output = problems.join('\n');
    expect(problems.every((problem) => !/[\r\n]/.test(problem))).toBe(true);
    for (const secret of [...Object.values(CANARIES), BEARER_CANARY, ...hidden])
      expect(output).not.toContain(secret);
  });
  // What only the command line can say is not for a file or the environment.
  const startable = cases.filter(({ flags, needs }) => flags === undefined && needs === undefined);
  test(`the program ends with 2 and says the same, ${startable.length} times`, () => {
    inDirectory((folder) => startAll(folder, startable));
  });
}

/** One process for all: to start one takes long. */
function startAll(folder: string, cases: readonly WrongCase[]): void {
  const starts = cases.map(({ yaml, files, env = SOUND, configFile }, index) => {
    const cwd = join(folder, String(index));
    mkdirSync(cwd);
    writeFiles(cwd, { yaml, files });
    return { cwd, args: ['run', ...(configFile === undefined ? [] : ['--config', configFile])], env };
  });
  const input = JSON.stringify(starts);
  const { stdout, stderr } = spawnSync(process.execPath, [PROGRAM], { input, encoding: 'utf8' });
  expect(stdout).toBe('');
  const ends = stderr.split(/(?<=^exit \d+\n)/m);
  for (const [index, { name, env, configFile }] of cases.entries()) {
    const cwd = starts[index]?.cwd ?? '';
    const lines = problemsIn(cwd, { env, configFile }).map((problem) => `backup-archiver: ${problem}\n`);
    expect({ name, end: ends[index] }).toEqual({ name, end: `${lines.join('')}exit 2\n` });
  }
}
