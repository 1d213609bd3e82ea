import { expect, it } from 'vitest';
import { seriesValue } from '../observability/metrics/reading-metrics.ts';
import { freePorts } from '../real/free-ports.ts';
import { raw, ScriptedServer } from '../sources/scalingo/scripted-server.ts';
import { seedArchive } from '../support/seeded-archive.ts';
import { startSandboxWorld } from './sandbox-world.ts';

const DAY = 86_400_000;

/** A bucket with one archive whose turn was long ago, and which is damaged; and a daemon that reads back every second. */
async function start() {
  const sandbox = await startSandboxWorld();
  const { world, s3 } = sandbox;
  const database = world.scalingo.addDatabase({ app: 'shop' });
  const createdAt = new Date(Math.floor((Date.now() - 40 * DAY) / 1000) * 1000);
  const identity = { database: 'shop', createdAt, backupId: 'b1' };
  const key = seedArchive(s3, world.prefix, identity, { addonId: database.id, size: 5000 });
  const [port = 0] = await freePorts(1);
  const env = world.environment(database, {
    HTTP_PORT: String(port),
    HTTP_HOST: '127.0.0.1',
    SCHEDULE_CATCH_UP: 'false',
    VERIFY_CRON: '* * * * * *',
    VERIFY_WITHIN: '1d',
    VERIFY_MAX_AGE: '30d',
  });
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
    return { status: response.status, text: await response.text() };
  };
  const value = async (series: string) =>
    seriesValue((await get('/metrics')).text, `backup_archiver_${series}{database="shop"}`);
  return { ...sandbox, env, key, get, value };
}

it('a daemon that reads back reports a damaged archive, and knows of it when it is started again', async () => {
  await using server = await ScriptedServer.start();
  server.on('POST /hook', raw(200, 'OK'));
  await using night = await start();
  const { world, env, key, get, value } = night;
  await using daemon = world.spawn(['daemon'], { ...env, NOTIFY_WEBHOOK_URL: `${server.url}/hook` });
  const failed = await daemon.event('verify.failed');
  expect(failed).toMatchObject({ level: 'error', database: 'shop', key, trigger: 'verify' });
  expect(await daemon.event('verify.completed')).toMatchObject({ level: 'error', archives: 1, damaged: 1 });
  expect(await value('verify_failures_total')).toBe(1);
  // Reading back is no transfer.
  expect(await value('transferred_bytes_total')).toBe(0);
  await expect.poll(() => get('/readyz')).toMatchObject({ status: 200 });
  expect(await get('/healthz')).toMatchObject({ status: 200 });
  await expect.poll(() => server.seen.length).toBe(1);
  daemon.kill('SIGTERM');
  const finished = await daemon.finished();
  world.expectNoSecret(finished, env);

  const { VERIFY_CRON: _, ...still } = env;
  await using again = world.spawn(['daemon'], still);
  await again.event('http.listening');
  await expect.poll(() => value('damaged_archives')).toBe(1);
  expect(await value('unverified_archives')).toBe(0);
  expect(await value('verify_failures_total')).toBe(0);
});

it('a signal ends a reading back at once, which disturbs no page meanwhile', async () => {
  await using night = await start();
  const { world, s3, env, key, get } = night;
  const gate = Promise.withResolvers<void>();
  s3.fail({ operation: 'GetObject', key, fault: { kind: 'hold', until: gate.promise }, times: 99 });
  await using daemon = world.spawn(['daemon'], env);
  await s3.seen({ operation: 'GetObject', key });
  await expect.poll(() => get('/readyz')).toMatchObject({ status: 200 });
  expect(await get('/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
  daemon.kill('SIGTERM');
  const { code, events } = await daemon.finished();
  gate.resolve();
  expect(code).toBe(143);
  expect(events.map(({ event }) => event)).toContain('shutdown.completed');
  expect(events.filter(({ event }) => event === 'verify.failed')).toEqual([]);
});
