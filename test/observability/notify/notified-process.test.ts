import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { syntheticArchive } from '../../../sandbox/archive/synthetic-archive.ts';
import { hangUp, type Reply, raw, ScriptedServer, silence } from '../../sources/scalingo/scripted-server.ts';
import type { Finished } from '../../support/archiver-process.ts';
import { openSandboxBucket } from '../../support/sandbox-bucket.ts';
import type { BucketView } from '../../support/test-store.ts';
import { World } from '../../support/world.ts';

const SECRET = 'c4nary-0123456789abcdef';
const PING = `/ping/${SECRET}`;
const HOOK = `/hook/${SECRET}`;
const ok = raw(200, 'OK');

let bucket: BucketView;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ bucket, close } = await openSandboxBucket());
});
afterAll(() => close());

/** A world and a receiver of its own, so that slow ones can be waited for side by side. */
class Scene implements AsyncDisposable {
  readonly world: World;
  readonly server: ScriptedServer;

  private constructor(world: World, server: ScriptedServer) {
    this.world = world;
    this.server = server;
  }

  static async open(ping: Reply, webhook = ping): Promise<Scene> {
    const server = await ScriptedServer.start();
    for (const path of [PING, `${PING}/start`, `${PING}/fail`]) server.on(`POST ${path}`, ping);
    return new Scene(await World.start(bucket), server.on(`POST ${HOOK}`, webhook));
  }

  receiver(base = this.server.url): Record<string, string> {
    return {
      NOTIFY_PING_URL: base + PING,
      NOTIFY_WEBHOOK_URL: `${base}${HOOK}?key=${SECRET}`,
      LOG_LEVEL: 'debug',
    };
  }

  /** What was pinged, after the ping's own URL. */
  get pings(): string[] {
    const urls = this.server.seen.map(({ url }) => url);
    return urls.filter((url) => url.startsWith(PING)).map((url) => url.replace(PING, ''));
  }

  get hooks(): unknown[] {
    const told = this.server.seen.filter(({ url }) => url === `${HOOK}?key=${SECRET}`);
    return told.map(({ body }) => JSON.parse(body) as unknown);
  }

  /** Neither URL in any line. */
  expectNoUrl({ stdout, stderr }: Finished): void {
    expect(stdout + stderr).not.toContain(SECRET);
    expect(stdout + stderr).not.toContain(`127.0.0.1:${this.server.port}`);
  }

  /** Runs, and sends SIGTERM in mid-copy. */
  async cutShort(): Promise<Finished> {
    const archive = syntheticArchive({ size: 24 * 2 ** 20, seed: 'cut' });
    const database = this.world.scalingo.addDatabase({ app: 'shop', archive });
    database.download = { bytesPerSecond: 2 ** 20 };
    await using process = this.world.spawn(['run'], this.world.environment(database, this.receiver()));
    await process.event('archive.started');
    await this.world.scalingo.nextRequest('download', database);
    process.kill('SIGTERM');
    const finished = await process.finished();
    expect(finished.code).toBe(143);
    return finished;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

const undelivered = ({ events }: Finished) =>
  events
    .filter(({ event }) => event === 'notify.failed')
    .map(({ target, notification }) => `${target} ${notification}`);

describe.concurrent('run', () => {
  test('a run that goes well', async () => {
    await using scene = await Scene.open(ok);
    const { world } = scene;
    const finished = await world.archive(world.scalingo.addDatabase({ app: 'shop' }), scene.receiver());
    expect(finished.code, finished.stdout).toBe(0);
    expect(scene.pings).toEqual(['/start', '']);
    const [manifest] = await world.manifests();
    const runId = finished.events.find(({ event }) => event === 'run.completed')?.runId;
    expect(scene.hooks).toEqual([
      expect.objectContaining({
        event: 'run.completed',
        runId,
        trigger: 'run',
        archived: 1,
        bytes: manifest?.size,
        databases: [
          {
            name: 'shop',
            status: 'archived',
            archives: [expect.objectContaining({ key: manifest?.key, backupId: manifest?.backupId })],
            error: null,
          },
        ],
      }),
    ]);
    scene.expectNoUrl(finished);
  });

  test('a run that fails', async () => {
    await using scene = await Scene.open(ok);
    const { world } = scene;
    const database = world.scalingo.addDatabase({ app: 'shop', type: 'elasticsearch' });
    const finished = await world.archive(database, scene.receiver());
    expect(finished.code).toBe(1);
    expect(scene.pings).toEqual(['/start', '/fail']);
    expect(scene.hooks).toMatchObject([
      {
        event: 'run.failed',
        databases: [{ name: 'shop', error: { code: 'database.not_downloadable' } }],
      },
    ]);
    scene.expectNoUrl(finished);
  });

  test('an empty shard tells nobody', async () => {
    await using scene = await Scene.open(ok);
    const { world } = scene;
    const database = world.scalingo.addDatabase({ app: 'shop' });
    const env = world.environment(database, scene.receiver());
    const codes = [];
    for (const shard of ['0/2', '1/2']) {
      codes.push((await world.run(['run', '--shard', shard], env)).code);
    }
    expect(codes).toEqual([0, 0]);
    expect(scene.pings).toEqual(['/start', '']);
  });

  test.each([
    ['dead', undefined],
    ['ill (500)', raw(500, 'no')],
    ['cutting every connection', hangUp],
    ['refusing (404)', raw(404, 'no')],
  ])('a receiver that is %s fails no run', async (_, reply) => {
    await using scene = await Scene.open(reply ?? ok);
    const { world } = scene;
    const env = scene.receiver(reply === undefined ? 'http://127.0.0.1:1' : undefined);
    const finished = await world.archive(world.scalingo.addDatabase({ app: 'shop' }), env);
    expect(finished.code, finished.stdout).toBe(0);
    expect(await world.manifests()).toHaveLength(1);
    expect(undelivered(finished).sort()).toEqual([
      'ping run.completed',
      'ping run.started',
      'webhook run.completed',
    ]);
    scene.expectNoUrl(finished);
  });

  test('a receiver that never answers fails no run, holds up none, and the process ends in its bound', async () => {
    await using scene = await Scene.open(ok, silence);
    const { world } = scene;
    const finished = await world.archive(world.scalingo.addDatabase({ app: 'shop' }), scene.receiver());
    expect(finished.code).toBe(0);
    const time = (name: string) => {
      const line = finished.events.find(({ event }) => event === name);
      return Date.parse(String(line?.time));
    };
    expect(time('run.completed') - time('run.started')).toBeLessThan(10_000);
    const failed = finished.events.filter(({ event }) => event === 'notify.failed');
    expect(failed).toHaveLength(1);
    for (const { durationMs } of failed) expect(durationMs).toBeLessThan(16_000);
    scene.expectNoUrl(finished);
  }, 60_000);

  test('SIGTERM in mid-copy is no failure: the switch waits for the next run', async () => {
    await using scene = await Scene.open(ok);
    const finished = await scene.cutShort();
    expect(scene.pings).toEqual(['/start']);
    expect(scene.hooks).toMatchObject([{ event: 'run.interrupted', interrupted: 1, failed: 0 }]);
    expect(finished.events.filter(({ level }) => level === 'error')).toEqual([]);
    scene.expectNoUrl(finished);
  });

  test('SIGTERM in mid-copy ends the process in time though nobody answers', async () => {
    await using scene = await Scene.open(silence);
    const begun = performance.now();
    const finished = await scene.cutShort();
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(undelivered(finished)).toHaveLength(2);
    expect(finished.events.map(({ event }) => event)).not.toContain('shutdown.timed_out');
    scene.expectNoUrl(finished);
  });
});

test('the daemon tells of each run, and does not end before it is told', async () => {
  await using scene = await Scene.open(ok);
  const { world } = scene;
  const good = world.scalingo.addDatabase({ app: 'good' });
  const bad = world.scalingo.addDatabase({ app: 'bad', type: 'elasticsearch' });
  const env = {
    ...world.environment(),
    ...scene.receiver(),
    SCHEDULE_RUN_ON_START: 'true',
    ARCHIVER_CONFIG: await world.configFile({ databases: [bad, good], concurrency: 1 }),
  };
  await using process = world.spawn(['daemon'], env);
  await process.event('run.failed');
  await process.event('run.completed');
  process.kill('SIGTERM');
  const finished = await process.finished();
  expect(finished.code).toBe(0);
  // The switch of both stays bad: the second run's success says nothing of the first one's database.
  expect(scene.pings).toEqual(['/start', '/fail', '/start', '/fail']);
  expect(scene.hooks).toMatchObject([
    { event: 'run.failed', trigger: 'start', databases: [{ name: 'bad' }] },
    { event: 'run.completed', trigger: 'start', databases: [{ name: 'good' }] },
  ]);
  scene.expectNoUrl(finished);
});
