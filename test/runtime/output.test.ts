import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { jsonLines, runFixture } from './run-fixture.ts';

describe('the output of a real process', () => {
  it('is complete when the process exits in the middle of things', async () => {
    const { code, stdout } = await runFixture('chatter.ts', ['5000', 'exit']).ended;
    expect(code).toBe(7);
    const [printed, ...log] = stdout.trimEnd().split('\n').reverse();
    expect(printed).toBe('printed Bearer [redacted]');
    expect(jsonLines(log.join('\n')).map(({ n }) => n)).toEqual(
      Array.from({ length: 5000 }, (_, n) => 4999 - n),
    );
    expect(stdout).not.toContain('correct-horse');
  });

  it('may lose its reader without losing the process', async () => {
    const { child, printed, ended } = runFixture('chatter.ts', ['1000', 'wait']);
    await printed('printed');
    child.stdout.destroy();
    await once(child.stdout, 'close');
    child.stdin.end();
    const { code, stderr } = await ended;
    expect(stderr).toBe('alive to the end\n');
    expect(code).toBe(0);
  });

  it.runIf(process.platform === 'linux')('may be a full disk', async () => {
    const file = fileURLToPath(new URL('./fixtures/chatter.ts', import.meta.url));
    const command = 'exec "$0" "$1" 3000 > /dev/full';
    const child = spawn('/bin/sh', ['-c', command, process.execPath, file]);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    expect(stderr).toBe('alive to the end\n');
    expect(code).toBe(0);
  });
});
