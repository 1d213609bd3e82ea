import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateMultipartUploadCommand, ListPartsCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { Finished } from '../support/archiver-process.ts';
import { BucketView } from '../support/test-store.ts';
import { World } from '../support/world.ts';
import { REAL_SERVERS, type RealServer } from './servers.ts';

const MiB = 2 ** 20;
const archive = syntheticArchive({ size: 21 * MiB + 12_345, seed: 'dialects' });

describe.each(REAL_SERVERS)('night after night on %s', (_, start) => {
  let dir: string;
  let server: RealServer;
  let bucket: BucketView;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 's3-'));
    server = await start({ dir });
    bucket = new BucketView(server);
  });
  afterAll(async () => {
    bucket.close();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it.each([
    ['in ranges', {}],
    ['as one stream', { range: 'ignore' }],
    ['as one stream of unknown length', { framing: 'chunked', range: 'ignore' }],
  ] as const)('two archives are made %s, and none is called damaged', async (_way, download) => {
    await using world = await World.start(bucket);
    const database = world.scalingo.addDatabase({ app: 'shop', archive });
    database.download = download;
    for (const createdAt of ['2026-01-01T03:00:00Z', '2026-01-02T03:00:00Z']) {
      database.addBackup({ createdAt });
      const night = await world.archive(database, { BACKUP_MODE: 'latest' });
      expect(night.code, night.stdout).toBe(0);
      expect(troublesOf(night)).toEqual([]);
    }
    const manifests = await world.manifests();
    expect(manifests).toHaveLength(2);
    for (const { key, size } of manifests) expect((await bucket.digest(key)).size).toBe(size);
    expect(await world.unfinishedUploads()).toEqual([]);
  });

  it('an upload of a backup that is gone is aborted', async () => {
    await using world = await World.start(bucket);
    const database = world.scalingo.addDatabase({ app: 'shop', archive });
    const Key = `${world.prefix}shop/2026-01-01T03-00-00Z_${'a'.repeat(24)}.tar.gz`;
    const target = { Bucket: server.bucket, Key };
    const { UploadId } = await bucket.client.send(new CreateMultipartUploadCommand(target));
    const upload = { ...target, UploadId };
    await bucket.client.send(
      new UploadPartCommand({ ...upload, PartNumber: 1, Body: Buffer.alloc(5 * MiB) }),
    );
    const finished = await world.archive(database);
    expect(finished.code, finished.stdout).toBe(0);
    expect(finished.events.find(({ event }) => event === 'upload.aborted')).toMatchObject({ key: Key });
    await expect(bucket.client.send(new ListPartsCommand(upload))).rejects.toThrow();
    expect(await world.unfinishedUploads()).toEqual([]);
  });

  it('a copy that was killed is resumed with the parts that are stored', async () => {
    await using world = await World.start(bucket);
    const database = world.scalingo.addDatabase({ app: 'shop', archive });
    database.download = { bytesPerSecond: 12 * MiB };
    const env = world.environment(database, { S3_PART_SIZE: '5MiB', S3_CONCURRENCY: '1' });
    {
      await using process = world.spawn(['run'], env);
      await process.event('archive.started');
      for (let part = 1; part <= 3; part++) await world.scalingo.nextRequest('download', database);
      process.kill('SIGKILL');
      await process.finished();
    }
    database.download = {};
    const second = await world.run(['run'], env);
    expect(second.code, second.stdout).toBe(0);
    const resumed = second.events.find(({ event }) => event === 'archive.resumed');
    // moto 5.2 lists every upload as begun in 2010: too old to be continued, so the copy begins anew.
    if (server.name === 'moto') expect(resumed).toBeUndefined();
    else expect(Number(resumed?.parts)).toBeGreaterThan(0);
    await world.expectOnlyArchive(archive);
  });
});

function troublesOf({ events }: Finished): string[] {
  return events.filter(({ level }) => level === 'warn' || level === 'error').map(({ event }) => event);
}
