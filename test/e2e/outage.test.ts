import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { startSandboxWorld } from './sandbox-world.ts';

const archive = syntheticArchive({ size: 300_000, seed: 'outage' });

/** An address that refuses connections until it is opened, and leads to the server at `target` from then on. */
class Door implements AsyncDisposable {
  readonly port: number;
  #server: Server | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async closed(): Promise<Door> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    server.close();
    await once(server, 'close');
    return new Door(typeof address === 'object' && address !== null ? address.port : 0);
  }

  async open(target: URL): Promise<void> {
    const server = createServer((client) => {
      const upstream = connect(Number(target.port), target.hostname);
      client.pipe(upstream).pipe(client);
      client.on('error', () => upstream.destroy());
      upstream.on('error', () => client.destroy());
    }).listen(this.port, '127.0.0.1');
    this.#server = server;
    await once(server, 'listening');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server?.close();
  }
}

async function start() {
  const sandbox = await startSandboxWorld();
  const { world, s3 } = sandbox;
  const database = world.scalingo.addDatabase({ app: 'shop', archive });
  const door = await Door.closed();
  const env = world.environment(database, { S3_ENDPOINT: `http://127.0.0.1:${door.port}` });
  return {
    ...{ world, database, door, env },
    open: () => door.open(new URL(s3.endpoint)),
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

it('a store that answers 503 to everything for seconds costs no night', async () => {
  await using sandbox = await startSandboxWorld();
  const { world, s3 } = sandbox;
  const database = world.scalingo.addDatabase({ app: 'shop', archive });
  const failure = s3.fail({
    fault: { kind: 'error', code: 'ServiceUnavailable', status: 503 },
    times: Number.POSITIVE_INFINITY,
  });
  await using run = world.spawn(['run'], world.environment(database));
  expect(await run.event('run.retried')).toMatchObject({ database: 'shop', error: { code: 's3.failed' } });
  failure.cancel();
  const finished = await run.finished();
  expect(finished.code, finished.stdout).toBe(0);
  await world.expectOnlyArchive(archive);
  expect(database.backups).toHaveLength(1);
});

describe('a store that refuses connections', () => {
  it('for seconds costs no night', async () => {
    await using scene = await start();
    await using run = scene.world.spawn(['run'], scene.env);
    expect(await run.event('run.retried')).toMatchObject({
      level: 'warn',
      database: 'shop',
      attempt: 1,
      error: { code: 's3.network' },
    });
    await scene.open();
    const finished = await run.finished();
    expect(finished.code, finished.stdout).toBe(0);
    expect(finished.events.map(({ event }) => event)).not.toContain('archive.failed');
    await scene.world.expectOnlyArchive(archive);
    expect(scene.database.backups).toHaveLength(1);
  });

  it('is waited for until a signal comes, and that is no failure', async () => {
    await using scene = await start();
    await using run = scene.world.spawn(['run'], scene.env);
    await run.event('run.retried');
    const begun = performance.now();
    run.kill('SIGTERM');
    const finished = await run.finished();
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(finished.code).toBe(143);
    expect(finished.events.slice(-4)).toMatchObject([
      { event: 'shutdown.started' },
      { event: 'archive.interrupted', level: 'warn' },
      { event: 'run.interrupted', level: 'warn', failed: 0, interrupted: 1 },
      { event: 'shutdown.completed' },
    ]);
    expect(scene.database.backups).toEqual([]);
  });
});
