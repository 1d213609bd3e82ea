import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { raw, ScriptedServer } from '../sources/scalingo/scripted-server.ts';
import { startSandboxWorld } from './sandbox-world.ts';

/** Once a day, half a day from now: no slot comes while the test runs. */
const CRON = `0 ${(new Date().getUTCHours() + 12) % 24} * * *`;

/** A bucket with two archives of the same size. */
async function start() {
  const sandbox = await startSandboxWorld();
  const { world } = sandbox;
  const archive = (n: number) => syntheticArchive({ size: 5000, seed: `due ${n}` });
  const database = world.scalingo.addDatabase({ app: 'shop', archive });
  const env = world.environment(database, { VERIFY_CRON: CRON, VERIFY_WITHIN: '1d' });
  for (let n = 0; n < 2; n++) {
    const { code, stdout } = await world.run(['run'], { ...env, BACKUP_REUSE_WITHIN: '1ms' });
    expect(code, stdout).toBe(0);
  }
  return {
    ...sandbox,
    env,
    due: (more: Readonly<Record<string, string>> = {}, ...args: string[]) =>
      world.run(['verify', '--deep', '--due', ...args], { ...env, ...more }),
  };
}

describe('verify --deep --due', () => {
  it('reads the share of the slot, and once', async () => {
    await using night = await start();
    const first = await night.due();
    expect(first.code, first.stderr).toBe(0);
    expect(first.stdout).toMatch(/^1 archive read back: 1 right, 0 wrong$/m);
    expect(first.events).toContainEqual(
      expect.objectContaining({ event: 'verify.started', archives: 1, ofArchives: 2, trigger: 'verify' }),
    );
    expect(first.events).toContainEqual(
      expect.objectContaining({ event: 'verify.completed', level: 'info', whole: 1 }),
    );
    const again = await night.due();
    expect(again).toMatchObject({ code: 0, stdout: 'no archives\n' });
  });

  it('reads those of the configuration, those that are named, or all where none is configured', async () => {
    await using night = await start();
    const archives = async (more: Readonly<Record<string, string>>, ...args: string[]) => {
      const { events } = await night.due(more, ...args);
      return events.find(({ event }) => event === 'verify.started')?.ofArchives;
    };
    expect(await archives({ DATABASE_NAME: 'crm' })).toBe(0);
    expect(await archives({ DATABASE_NAME: 'crm' }, '--database', 'shop')).toBe(2);
    const { SCALINGO_APP: _app, DATABASE_ID: _id, DATABASE_NAME: _name, ...store } = night.env;
    const { events } = await night.world.run(['verify', '--deep', '--due'], store);
    expect(events.find(({ event }) => event === 'verify.started')?.ofArchives).toBe(2);
  });

  it('exits 1 and notifies where an archive is damaged', async () => {
    await using server = await ScriptedServer.start();
    server.on('POST /ping/fail', raw(200, 'OK')).on('POST /hook', raw(200, 'OK'));
    await using night = await start();
    const manifests = await night.world.manifests();
    for (const { key } of manifests) await night.s3.corrupt(key, 1000);
    const { code, events, stdout } = await night.due({
      NOTIFY_PING_URL: `${server.url}/ping`,
      NOTIFY_WEBHOOK_URL: `${server.url}/hook`,
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/ DAMAGED$/m);
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'verify.completed', level: 'error', damaged: 1 }),
    );
    const sent = (path: string) => server.seen.filter(({ url }) => url === path).map(({ body }) => body);
    expect(sent('/ping/fail')).toHaveLength(1);
    expect(sent('/ping/fail')[0]).toMatch(/^shop: archive\.checksum_mismatch: \S+\/shop\/\S+\.tar\.gz: .*$/m);
    expect(sent('/hook').map((body) => JSON.parse(body))).toMatchObject([
      {
        version: 1,
        event: 'verify.failed',
        trigger: 'verify',
        failed: 1,
        summary: '1 archive read back, 1 fault',
        databases: [{ name: 'shop', status: 'failed', error: { code: 'archive.checksum_mismatch' } }],
      },
    ]);
  });

  it('exits 1 for an archive whose object is gone, and one that cannot be written down', async () => {
    await using night = await start();
    const denied = { operation: 'PutObject', key: /\.verified\.json$/ } as const;
    const fault = { kind: 'error', code: 'AccessDenied', status: 403 } as const;
    const refusal = night.s3.fail({ ...denied, fault, times: 99 });
    await using server = await ScriptedServer.start();
    server.on('POST /hook', raw(200, 'OK'));
    const unnoted = await night.due({ NOTIFY_WEBHOOK_URL: `${server.url}/hook` });
    expect(server.seen.map(({ body }) => JSON.parse(body))).toMatchObject([
      { event: 'verify.failed', databases: [{ name: 'shop', error: { code: 's3.forbidden' } }] },
    ]);
    expect(unnoted.code).toBe(1);
    expect(unnoted.stdout).toMatch(/^1 archive read back: 1 right, 0 wrong$/m);
    expect(unnoted.events).toContainEqual(
      expect.objectContaining({ event: 'verify.completed', level: 'error', unnoted: 1 }),
    );
    refusal.cancel();
    const [manifest] = await night.world.manifests();
    await night.s3.lose(manifest?.key ?? '');
    const lost = await night.due();
    expect(lost.code).toBe(1);
    expect(lost.events).toContainEqual(
      expect.objectContaining({ event: 'verify.failed', key: manifest?.key }),
    );
  });

  it('notifies also where the archives cannot be listed', async () => {
    await using server = await ScriptedServer.start();
    server.on('POST /hook', raw(200, 'OK'));
    await using night = await start();
    const fault = { kind: 'error', code: 'AccessDenied', status: 403 } as const;
    night.s3.fail({ operation: 'ListObjectsV2', fault, times: 99 });
    expect((await night.due({ NOTIFY_WEBHOOK_URL: `${server.url}/hook` })).code).toBe(1);
    expect(server.seen.map(({ body }) => JSON.parse(body))).toMatchObject([
      { event: 'verify.failed', databases: [{ name: 'all databases', error: { code: 's3.forbidden' } }] },
    ]);
  });

  it('refuses what does not go with it', async () => {
    await using sandbox = await startSandboxWorld();
    const { world } = sandbox;
    const env = world.environment(world.scalingo.addDatabase({ app: 'shop' }), { VERIFY_CRON: CRON });
    const { VERIFY_CRON: _, ...without } = env;
    for (const [args, of, message] of [
      [['--due'], env, /--due reads archives back: write verify --deep --due/],
      [['--deep', '--due', 'shop'], env, /--due chooses the archives by itself/],
      [['--deep', '--due', '--newest', '1'], env, /--due chooses the archives by itself/],
      [['--deep', '--due'], without, /--due needs verify\.cron \(VERIFY_CRON\)/],
    ] as const) {
      const { code, stderr } = await world.run(['verify', ...args], of);
      expect(code, args.join(' ')).toBe(2);
      expect(stderr).toMatch(message);
    }
  });
});
