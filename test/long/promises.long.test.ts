import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { Fault } from '../../sandbox/s3/failures.ts';
import type { Timeline } from '../../sandbox/scalingo/simulated-backup.ts';
import { startSandboxWorld } from '../e2e/sandbox-world.ts';
import * as page from '../support/api-page.ts';

const MiB = 2 ** 20;
const XHTML = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>';

async function start(size = 300_000, timeline: Timeline = { polls: 2 }) {
  const archive = syntheticArchive({ size, seed: 'promises' });
  const sandbox = await startSandboxWorld();
  const database = sandbox.world.scalingo.addDatabase({ app: 'shop', archive, timeline });
  const env = sandbox.world.environment(database, { S3_PART_SIZE: '5MiB' });
  const run = (more: Record<string, string> = {}) => sandbox.world.run(['run'], { ...env, ...more });
  return {
    ...sandbox,
    archive,
    database,
    env,
    run,
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

describe('a source that goes on from another file of the same length', () => {
  it.each(['none', 'weak'] as const)(
    'gets no manifest (ETag: %s), and the next run archives the other one',
    async (etag) => {
      await using night = await start(7 * MiB);
      const { world, database, archive, run } = night;
      const other = syntheticArchive({ size: archive.size, seed: 'other' });
      const before = { etag, validator: 'same', archive, cutAfter: 3 * MiB };
      database.nextDownloads({ ...before, cutAfter: 6 * MiB }, before);
      database.download = { etag, validator: 'same', archive: other };
      const finished = await run();
      expect(finished.code).toBe(1);
      expect(finished.events.find(({ event }) => event === 'archive.failed')?.error).toMatchObject({
        code: 'archive.damaged',
      });
      expect(await world.manifests()).toEqual([]);
      expect((await run()).code).toBe(0);
      await world.expectOnlyArchive(other);
    },
  );
});

describe('a download that waits for nothing', () => {
  it('is redirected, and the body of the redirect never comes', async () => {
    await using api = await page.startPage(page.json(404, {}));
    const whole = api.answers[`GET ${api.link}`] ?? page.json(500, {});
    api.answers[`GET ${api.link}`] = (response) => {
      response.writeHead(302, { location: '/elsewhere', 'content-length': '100' });
      response.flushHeaders();
    };
    api.answers['GET /elsewhere'] = whole;
    await using night = await start();
    const finished = await night.world.run(['run'], page.environment(night.world, api));
    expect(finished.code, finished.stdout).toBe(0);
    await night.world.expectOnlyArchive(page.archive);
  });

  it('is answered by a 101', async () => {
    await using api = await page.startPage(page.json(404, {}));
    api.answers[`GET ${api.link}`] = (response) => {
      response.socket?.write(
        'HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n',
      );
    };
    await using night = await start();
    const env = { ...page.environment(night.world, api), TRANSFER_MAX_ATTEMPTS: '2' };
    const finished = await night.world.run(['run'], env);
    expect(finished.code).toBe(1);
    expect(finished.stdout).toContain('101');
  });
});

describe('a listing that is not the one of the store, after a kill in mid-copy', () => {
  it.each<[string, number]>([
    ['once', 1],
    ['until the run begins anew', Number.POSITIVE_INFINITY],
  ])('%s: no second backup', async (_, times) => {
    await using night = await start(30 * MiB);
    const { world, s3, database, archive, env } = night;
    database.download = { bytesPerSecond: 8 * MiB };
    {
      await using process = world.spawn(['run'], env);
      await s3.seen({ operation: 'UploadPart', key: /_[0-9a-f]{24}/ }, 2);
      process.kill('SIGKILL');
      await process.finished();
    }
    database.download = {};
    const failing = s3.fail({
      operation: 'ListMultipartUploads',
      fault: { kind: 'foreign', body: XHTML },
      times,
    });
    await using second = world.spawn(['run'], env);
    if (times > 1) {
      expect(await second.event('run.retried')).toMatchObject({ database: 'shop' });
      failing.cancel();
    }
    const finished = await second.finished();
    expect(finished.code, finished.stdout).toBe(0);
    await world.expectOnlyArchive(archive);
    expect(database.backups).toHaveLength(1);
    expect(await world.unfinishedUploads()).toEqual([]);
  });
});

describe('the response to the PUT of the manifest', () => {
  it.each<[string, Fault, number, number]>([
    ['is lost five times', { kind: 'lose-answer' }, 5, 0],
    ['is a web page once', { kind: 'foreign', body: '<html></html>' }, 1, 0],
    ['is empty each time', { kind: 'foreign', body: '' }, 100, 1],
  ])('%s', async (_, fault, times, code) => {
    await using night = await start();
    const { world, s3, database, archive, run } = night;
    const failing = s3.fail({ operation: 'PutObject', key: /\.manifest\.json$/, fault, times });
    const finished = await run();
    failing.cancel();
    expect(finished.code, finished.stdout).toBe(code);
    const completed = finished.events.some(({ event }) => event === 'archive.completed');
    expect(completed).toBe(code === 0);
    if (code !== 0) expect((await run()).code).toBe(0);
    await world.expectOnlyArchive(archive);
    expect(database.backups).toHaveLength(1);
  });
});

it('five runs within an hour each make the backup that the policy keeps', { timeout: 120_000 }, async () => {
  // As a real one, each takes longer than the second that its key names.
  await using night = await start(300_000, { scheduledMs: 500, runningMs: 600 });
  const { world, database, run } = night;
  for (let n = 1; n <= 5; n++) {
    const finished = await run({ RETENTION_KEEP_DAILY: '7' });
    expect(finished.code, finished.stdout).toBe(0);
    expect(database.backups).toHaveLength(n);
    const ids = (await world.manifests()).map(({ backupId }) => backupId);
    expect(ids).toContain(database.newestBackup.id);
  }
});
