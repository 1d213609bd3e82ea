import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ArchiverProcess } from '../support/archiver-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** docs/try-it.md says how it goes on; a PostgreSQL is another suite's. */
it('what `npm run sandbox` prints is all that the program needs', async () => {
  const { scripts } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as {
    scripts: Record<string, string>;
  };
  const [, script = ''] = scripts.sandbox?.split(' ') ?? [];
  const sandbox = spawn(execPath, [script], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(sandbox, 'exit');
  try {
    const env: Record<string, string> = {};
    for await (const line of createInterface({ input: sandbox.stdout })) {
      const [, name = '', value = ''] = /^export (\w+)=(\S+)$/.exec(line) ?? [];
      if (name === '') break;
      env[name] = value;
    }
    for (const verb of ['check', 'run', 'status', 'verify']) {
      await using program = new ArchiverProcess([verb], env);
      const { code, stdout, stderr } = await program.finished();
      expect(code, `${verb}: ${stdout}${stderr}`).toBe(0);
    }
  } finally {
    sandbox.kill('SIGINT');
  }
  expect(await ended).toEqual([0, null]);
});
