import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { startSandboxWorld } from '../e2e/sandbox-world.ts';
import { ArchiverProcess } from '../support/archiver-process.ts';
import { FullPipe } from '../support/full-pipe.ts';

const MiB = 2 ** 20;
/** Longer than any end may take here, shorter than what a stop is promised to take. Milliseconds. */
const SOON = 20_000;
const archive = syntheticArchive({ size: 12 * MiB, seed: 'unread' });

async function start() {
  const sandbox = await startSandboxWorld();
  const { world } = sandbox;
  const database = world.scalingo.addDatabase({ app: 'shop', archive });
  const env = world.environment(database, { LOG_LEVEL: 'debug' });
  const spawn = (args: readonly string[], stdout: FullPipe, stderr?: FullPipe) =>
    new ArchiverProcess(args, env, [], stdout.writeEnd(), stderr?.writeEnd());
  return { ...sandbox, database, env, spawn, [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose]() };
}

describe('a run whose log nothing reads', () => {
  it.each(['standard output', 'standard output and standard error'])(
    'on %s archives, and ends with 0',
    async (on) => {
      await using sandbox = await start();
      using stdout = new FullPipe();
      using stderr = on === 'standard output' ? null : new FullPipe();
      await using run = sandbox.spawn(['run'], stdout, stderr ?? undefined);
      const finished = await within(SOON, run.finished());
      expect(finished.code).toBe(0);
      if (stderr === null) {
        expect(finished.stderr).toMatch(
          /^backup-archiver: nothing read standard output: \d+ lines of it are lost\n$/,
        );
      }
      await sandbox.world.expectOnlyArchive(archive);
      expect(await sandbox.world.bucket.keys(`${sandbox.world.prefix}.locks/`)).toEqual([]);
    },
  );

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('ends by %s with %i', async (signal, code) => {
    await using sandbox = await start();
    using stdout = new FullPipe();
    using stderr = new FullPipe();
    sandbox.database.download = { bytesPerSecond: MiB };
    const asked = sandbox.world.scalingo.nextRequest('download', sandbox.database);
    await using run = sandbox.spawn(['run'], stdout, stderr);
    await within(SOON, asked);
    run.kill(signal);
    expect((await within(SOON, run.finished())).code).toBe(code);
    expect(await sandbox.world.bucket.keys(`${sandbox.world.prefix}.locks/`)).toEqual([]);
  });

  it('ends at once by a second signal, whatever the store owes it', async () => {
    await using sandbox = await start();
    using stdout = new FullPipe();
    sandbox.s3.fail({ operation: 'PutObject', key: /\.locks/, fault: { kind: 'hang' }, times: 9 });
    await using run = sandbox.spawn(['run'], stdout);
    await within(SOON, sandbox.s3.seen({ operation: 'PutObject', key: /\.locks/ }));
    run.kill('SIGTERM');
    run.kill('SIGINT');
    expect([130, 143]).toContain((await within(SOON, run.finished())).code);
  });

  it('shows what was kept of it when it is read again', async () => {
    await using sandbox = await start();
    using stdout = new FullPipe();
    sandbox.database.download = { bytesPerSecond: 6 * MiB };
    const asked = sandbox.world.scalingo.nextRequest('download', sandbox.database);
    await using run = sandbox.spawn(['run'], stdout);
    await within(SOON, asked);
    let ended = false;
    const finished = run.finished().finally(() => {
      ended = true;
    });
    let log = '';
    while (!ended) {
      log += stdout.read();
      await sleep(20);
    }
    log += stdout.read();
    expect(await finished).toMatchObject({ code: 0, stderr: '' });
    const events = log
      .trimEnd()
      .split('\n')
      .map((line): string => JSON.parse(line).event);
    expect(events[0]).toBe('run.started');
    expect(events.at(-1)).toBe('run.completed');
    expect(events).toContain('scalingo.request');
  });
});

it('a daemon whose log nothing reads drains by SIGTERM', async () => {
  await using sandbox = await start();
  using stdout = new FullPipe();
  const asked = sandbox.world.scalingo.nextRequest('download', sandbox.database);
  await using daemon = new ArchiverProcess(
    ['daemon'],
    { ...sandbox.env, SCHEDULE_CRON: '0 0 1 1 *', SCHEDULE_RUN_ON_START: 'true' },
    [],
    stdout.writeEnd(),
  );
  await within(SOON, asked);
  daemon.kill('SIGTERM');
  expect([0, 143]).toContain((await within(SOON, daemon.finished())).code);
});

describe('a response', () => {
  it('waits for its reader, and is whole', async () => {
    await using sandbox = await start();
    using stdout = new FullPipe();
    await using list = sandbox.spawn(['list', '--json'], stdout);
    await within(SOON, sandbox.s3.seen({ operation: 'ListObjectsV2' }));
    let text = '';
    const end = performance.now() + SOON;
    while (text === '' && performance.now() < end) {
      await sleep(20);
      text += stdout.read();
    }
    expect(await within(SOON, list.finished())).toMatchObject({ code: 0, stderr: '' });
    expect(text + stdout.read()).toBe('[]\n');
  });

  it('of prune that nothing reads is ended by SIGTERM', async () => {
    await using sandbox = await start();
    using stdout = new FullPipe();
    const env = { ...sandbox.env, RETENTION_KEEP_LAST: '1' };
    await using prune = new ArchiverProcess(['prune', '--dry-run'], env, [], stdout.writeEnd());
    const planned = new Promise<void>((resolve) => {
      prune.child.stderr?.on('data', (text: string) => {
        if (text.includes('retention.planned')) resolve();
      });
    });
    // The response follows it.
    await within(SOON, planned);
    prune.kill('SIGTERM');
    expect((await within(SOON, prune.finished())).code).toBe(143);
  });
});

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  try {
    const late = sleep(milliseconds, undefined, { signal: over.signal }).then(() => {
      throw new Error(`not done within ${milliseconds} ms`);
    });
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}
