import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FullPipe } from '../support/full-pipe.ts';
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

  it('has nothing that a terminal would obey, and its JSON means what it meant', async () => {
    const { code, stdout } = await runFixture('odd-letters.ts', []).ended;
    expect(code).toBe(0);
    expect(stdout.replaceAll('\n', '')).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);
    const name = 'shop\u202e\u2028\u009b2J\u{e0041}';
    expect(jsonLines(stdout)).toMatchObject([{ name, msg: name }, { name }]);
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

  it('may have no reader for a while: what cannot be kept is dropped, counted, and told when it reads again', async () => {
    const lines = 20_000;
    const file = fileURLToPath(new URL('./fixtures/chatter.ts', import.meta.url));
    using pipe = new FullPipe();
    const end = pipe.writeEnd();
    const child = spawn(process.execPath, [file, String(lines), 'tell'], { stdio: ['pipe', end, 'pipe'] });
    closeSync(end);
    const closed = once(child, 'close');
    await once(child.stderr ?? child, 'data');
    let log = '';
    while (!log.includes('log.dropped')) {
      log += pipe.read();
      await sleep(10);
    }
    child.stdin?.end();
    let isClosed = false;
    closed.finally(() => {
      isClosed = true;
    });
    while (!isClosed) {
      log += pipe.read();
      await sleep(10);
    }
    log += pipe.read();
    expect(await closed).toEqual([0, null]);
    const events = jsonLines(log.replace('printed Bearer [redacted]\n', ''));
    const told = events.filter(({ event }) => event === 'log.dropped');
    const dropped = told.reduce((sum, each) => sum + Number(each.lines), 0);
    const kept = events.filter(({ event }) => event === 'chatter').map(({ n }) => Number(n));
    expect(told[0]).toMatchObject({ level: 'warn' });
    expect(dropped).toBeGreaterThan(lines / 4);
    expect(kept.length + dropped).toBe(2 * lines);
    // The oldest are kept, without a gap.
    expect(kept.slice(0, 1000)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
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
