import { execPath } from 'node:process';
import { expect, it } from 'vitest';
import { isScratchName, lockKeys, newScratchName } from '../../../src/recovery/restore/scratch-name.ts';
import { holdLock } from '../../../src/recovery/restore/tools/held-lock.ts';
import { findProgram } from '../../../src/recovery/restore/tools/program.ts';
import { runScript } from '../../../src/recovery/restore/tools/run-script.ts';
import { RunningTool } from '../../../src/recovery/restore/tools/running-tool.ts';

const calm = () => new AbortController().signal;
/** A tool that is a script of Node. */
const tool = (script: string) => ({ program: execPath, args: ['-e', script], env: {} });

it('a tool gets all bytes, as fast as it takes them, and its long lines are cut', async () => {
  const lines: string[] = [];
  const counting = `let n = 0; process.stdin.on('data', (b) => { n += b.length; }).on('end', () => { console.log(n); console.error('x'.repeat(5000)); console.error('last'); })`;
  const running = new RunningTool(tool(counting), {
    out: (line) => lines.push(line),
    err: (line) => lines.push(line),
  });
  const piece = Buffer.alloc(2 ** 18);
  for (let count = 0; count < 40; count++) expect(await running.write(piece, calm())).toBe(true);
  running.end();
  expect(await running.ended).toEqual({ code: 0, signal: null });
  expect(lines.sort((one, other) => one.length - other.length)).toEqual([
    'last',
    String(40 * 2 ** 18),
    'x'.repeat(2000),
  ]);
});

it('a tool that has ended takes nothing more, and does not keep its writer waiting', async () => {
  const running = new RunningTool(tool('process.exit(3)'), { out: () => {}, err: () => {} });
  let takes = true;
  for (let count = 0; takes && count < 1000; count++)
    takes = await running.write(Buffer.alloc(2 ** 20), calm());
  expect(takes).toBe(false);
  expect(await running.ended).toEqual({ code: 3, signal: null });
});

it('what waits for a tool ends with the signal', async () => {
  const running = new RunningTool(tool('setInterval(() => {}, 1000)'), { out: () => {}, err: () => {} });
  const stop = new AbortController();
  const writing = (async () => {
    for (;;) await running.write(Buffer.alloc(2 ** 20), stop.signal);
  })();
  stop.abort(new Error('stopped'));
  await expect(writing).rejects.toThrow('stopped');
  await running.kill();
  expect(await running.ended).toEqual({ code: null, signal: 'SIGKILL' });
});

it.each([
  ['that wait for it', 'wait'],
  ['that it has left', 'exit 3'],
])('a kill ends a tool with its workers %s', async (_, last) => {
  const worker = Promise.withResolvers<number>();
  const running = new RunningTool(
    { program: '/bin/sh', args: ['-c', `sleep 600 & echo $!; ${last}`], env: {} },
    { out: (line) => worker.resolve(Number(line)), err: () => {} },
  );
  expect(await worker.promise).toBeGreaterThan(0);
  // A worker holds the output that the tool's end is known by.
  await running.kill();
  await running.ended;
  // A second one finds nothing.
  await running.kill();
});

it('a tool that is not there is named, with what to do', async () => {
  await expect(findProgram('no-such-tool', 'nor-this-one')).rejects.toMatchObject({
    code: 'restore.tool_missing',
    message: 'there is no no-such-tool and no nor-this-one on the PATH',
  });
  const running = new RunningTool(
    { program: '/nowhere/pg_restore', args: [], env: {} },
    { out: () => {}, err: () => {} },
  );
  await expect(running.ended).rejects.toMatchObject({ code: 'restore.tool_missing' });
  await running.kill();
  expect(await running.write(Buffer.alloc(10), calm())).toBe(false);
});

it('a tool gets nothing of the environment but what a client needs', async () => {
  process.env.AWS_SECRET_ACCESS_KEY = 'of the store';
  try {
    const call = { ...tool('console.log(JSON.stringify(process.env))'), env: { PGPASSWORD: 'own' } };
    const result = await runScript(call, '', { signal: calm(), within: 30_000 });
    if (result === 'too long') throw new Error(result);
    const seen = JSON.parse(result.out[0] ?? '{}') as Record<string, string>;
    expect(seen).toMatchObject({ PGPASSWORD: 'own', LC_ALL: 'C', PATH: process.env.PATH });
    expect(seen.AWS_SECRET_ACCESS_KEY).toBeUndefined();
  } finally {
    delete process.env.AWS_SECRET_ACCESS_KEY;
  }
});

it('a script has a bound', async () => {
  const call = tool('setInterval(() => {}, 1000)');
  expect(await runScript(call, 'x', { signal: calm(), within: 20 })).toBe('too long');
});

it('a lock is held while its client lives, and its errors are told where it is not', async () => {
  const holding = tool("process.stdin.on('data', () => console.log('|held'))");
  const held = await holdLock(holding, 'take it\n', calm());
  if (!('release' in held)) throw new Error('it is not held');
  await held.release();
  const refusing = tool("process.stdin.on('data', () => { console.error('no right'); process.exit(1); })");
  expect(await holdLock(refusing, 'take it\n', calm())).toEqual({ errors: ['no right'] });
});

it('a name is known as one of ours, and gives two numbers that PostgreSQL takes', () => {
  const name = newScratchName();
  expect(isScratchName(name)).toBe(true);
  expect(newScratchName()).not.toBe(name);
  expect(isScratchName('archiver_restore_test_mine')).toBe(false);
  expect(isScratchName(`x${name}`)).toBe(false);
  expect(lockKeys('archiver_restore_test_ffffffff00000001')).toEqual([2 ** 31 - 1, 1]);
});
