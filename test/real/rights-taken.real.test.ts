import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { BucketView } from '../support/test-store.ts';
import { World } from '../support/world.ts';
import { PolicedMinio } from './policed-minio.ts';

const MiB = 2 ** 20;
const BUCKET = 'archives';
const archive = syntheticArchive({ size: 32 * MiB, seed: 'rights taken' });

/** MinIO asks it for each request (`MINIO_POLICY_PLUGIN_URL`): rights come and go at any moment. */
class Judge implements AsyncDisposable {
  /** Actions (`s3:PutObject`) that are refused now. */
  readonly refused = new Set<string>();
  readonly #server = createServer(async (request, response) => {
    // Asked without a body at its start, whether it is there.
    const question = JSON.parse((await text(request)) || '{}') as { input?: { action: string } };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ result: !this.refused.has(question.input?.action ?? '') }));
  });

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const judge = new Judge();
let folder: string;
let minio: PolicedMinio;
let bucket: BucketView;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'minio-'));
  minio = await PolicedMinio.start(folder, [BUCKET], { MINIO_POLICY_PLUGIN_URL: await judge.start() });
  const { endpoint, region, root } = minio;
  bucket = new BucketView({ name: 'minio', endpoint, region, ...root, bucket: BUCKET });
}, 120_000);
afterAll(async () => {
  bucket.close();
  await minio[Symbol.asyncDispose]();
  await judge[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

it.each([
  ['s3:PutObject', 'honour', true],
  ['s3:PutObject', 'ignore', true],
  // Before or after Complete, as it comes: the lease, the object and the manifest are read.
  ['s3:GetObject', 'honour', undefined],
] as const)(
  '%s is taken away in mid-copy and given back: the next run is whole (ranges: %s)',
  { timeout: 120_000 },
  async (right, range, isResumed) => {
    await using world = await World.start(bucket);
    const database = world.scalingo.addDatabase({ app: 'shop', archive });
    database.download = { range, bytesPerSecond: 8 * MiB };
    const env = world.environment(database, { S3_PART_SIZE: '5MiB', S3_CONCURRENCY: '2' });
    await using run = world.spawn(['run'], env);
    await world.scalingo.served.reached(world.scalingo.served.total + 18 * MiB);
    judge.refused.add(right);
    const refused = await run.finished();
    judge.refused.delete(right);
    expect(refused.code, refused.stdout).toBe(1);
    const failed = refused.events.find(({ event }) => event === 'archive.failed');
    expect(failed?.error).toMatchObject({ code: 's3.forbidden', hint: expect.stringContaining(right) });
    expect(await world.manifests()).toEqual([]);

    database.download = { range };
    const again = await world.run(['run'], env);
    expect(again.code, again.stdout).toBe(0);
    if (isResumed) expect(again.events.map(({ event }) => event)).toContain('archive.resumed');
    await world.expectOnlyArchive(archive);
    expect(database.backups).toHaveLength(1);
  },
);
