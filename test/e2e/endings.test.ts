import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { hang, serverError } from '../../sandbox/scalingo/fault.ts';
import { startSandboxWorld } from './sandbox-world.ts';

const MiB = 2 ** 20;
const STRAY = fixture('stray-on-signal');
const archive = syntheticArchive({ size: 12 * MiB, seed: 'endings' });

function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));
}

/** A world in whose database a download takes its time. */
async function start() {
  const sandbox = await startSandboxWorld();
  const { world } = sandbox;
  const database = world.scalingo.addDatabase({ app: 'shop', archive });
  database.download = { bytesPerSecond: 6 * MiB };
  return { ...sandbox, database, [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose]() };
}

describe('the program', () => {
  it('that meets a defect of its own says so as its last line, fatally, and ends with 1', async () => {
    await using sandbox = await start();
    const { world, database } = sandbox;
    const env = world.environment(database);
    await using run = world.spawn(['run'], env, ['--import', STRAY]);
    await run.event('archive.started');
    run.kill('SIGUSR2');
    const finished = await run.finished();
    expect(finished.code).toBe(1);
    expect(finished.stderr).toBe('');
    expect(finished.events.at(-1)).toMatchObject({
      event: 'process.stray_error',
      level: 'fatal',
      origin: 'unhandledRejection',
      error: { code: 'internal.error', message: 'boom [redacted]' },
    });
    world.expectNoSecret(finished, env);
    expect(await world.manifests()).toEqual([]);
    // Whatever it was, the next run brings the archive home.
    database.download = {};
    expect((await world.run(['run'], env)).code).toBe(0);
    await world.expectOnlyArchive(archive);
    expect(database.backups).toHaveLength(1);
  });

  it('that meets one when all is done says no more of it than at any other time', async () => {
    await using sandbox = await start();
    const { world, database } = sandbox;
    database.type = 'elasticsearch';
    const env = world.environment(database);
    await using run = world.spawn(['run'], env, ['--import', fixture('stray-at-the-end')]);
    const finished = await run.finished();
    expect(finished.stderr).toBe('');
    expect(finished.events.at(-1)).toMatchObject({ event: 'process.stray_error', level: 'fatal' });
    world.expectNoSecret(finished, env);
    expect(finished.code).toBe(1);
  });

  it('that has left something open ends all the same', async () => {
    await using sandbox = await start();
    await using run = sandbox.world.spawn(['--version'], {}, ['--import', fixture('never-ends')]);
    const { code, stderr } = await run.finished();
    expect(stderr).toMatch(
      /^backup-archiver: still open when all was done: .*Timeout\. Exiting without it\n$/,
    );
    expect(code).toBe(0);
  });

  it('told to stop a second time ends at once, with what the store owes it unanswered', async () => {
    await using sandbox = await start();
    const { world, s3, database } = sandbox;
    for (const operation of ['AbortMultipartUpload', 'DeleteObject'] as const) {
      // The probe aborts its upload too: that one is answered.
      s3.fail({
        operation,
        key: /_[0-9a-f]{24}\.tar\.gz$|\.locks/,
        fault: { kind: 'hang' },
        times: Number.POSITIVE_INFINITY,
      });
    }
    const asked = world.scalingo.nextRequest('download', database);
    await using run = world.spawn(['run'], world.environment(database));
    await asked;
    run.kill('SIGTERM');
    const started = await run.event('shutdown.started');
    expect(started).toMatchObject({ signal: 'SIGTERM', boundMs: expect.any(Number) });
    await Promise.race([
      s3.seen({ operation: 'AbortMultipartUpload', key: /_[0-9a-f]{24}\.tar/ }),
      s3.seen({ operation: 'DeleteObject', key: /\.locks/ }),
    ]);
    const again = performance.now();
    run.kill('SIGTERM');
    const finished = await run.finished();
    expect(performance.now() - again).toBeLessThan(5000);
    expect(finished.code).toBe(143);
    expect(finished.events.at(-1)).toMatchObject({ event: 'shutdown.forced', signal: 'SIGTERM' });
    expect(await world.manifests()).toEqual([]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('told to stop by %s while Scalingo keeps it waiting ends with %i', async (signal, code) => {
    await using sandbox = await start();
    const { world, database } = sandbox;
    const running = database.addBackup({ status: 'running', method: 'manual' });
    await using run = world.spawn(['run'], world.environment(database, { BACKUP_POLL_INTERVAL: '1h' }));
    await run.event('backup.polled');
    run.kill(signal);
    const finished = await run.finished();
    expect(finished.code).toBe(code);
    expect(finished.events.map(({ event }) => event).slice(-4)).toEqual([
      'shutdown.started',
      'archive.interrupted',
      'run.interrupted',
      'shutdown.completed',
    ]);
    expect(database.backups).toEqual([running]);
    expect(await world.bucket.keys(world.prefix)).toEqual([]);
  });

  it('told to stop while an API call hangs ends at once', async () => {
    await using sandbox = await start();
    const { world, database } = sandbox;
    database.fail('database', hang());
    const asked = world.scalingo.nextRequest('database', database);
    await using run = world.spawn(['run'], world.environment(database));
    await asked;
    run.kill('SIGTERM');
    expect((await run.finished()).code).toBe(143);
  });

  it('that asks Scalingo again says for which database and in which run', async () => {
    await using sandbox = await start();
    const { world, database } = sandbox;
    database.fail('database', serverError());
    const { code, events } = await world.archive(database);
    expect(code).toBe(0);
    const runId = events.find(({ event }) => event === 'run.started')?.runId;
    expect(runId).toEqual(expect.any(String));
    expect(events.filter(({ event }) => event === 'scalingo.retried')).toMatchObject([
      { level: 'warn', database: 'shop', runId, error: { code: 'scalingo.unavailable' } },
    ]);
  });

  it('whose log nobody reads any more archives all the same', async () => {
    await using sandbox = await start();
    const { world, database } = sandbox;
    await using run = world.spawn(['run'], world.environment(database, { LOG_LEVEL: 'trace' }));
    await run.event('archive.started');
    run.child.stdout?.destroy();
    const finished = await run.finished();
    expect(finished.code).toBe(0);
    expect(finished.stderr).toBe('');
    await world.expectOnlyArchive(archive);
  });
});
