import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListMultipartUploadsCommand, ListPartsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { syntheticArchive } from '../../../sandbox/archive/synthetic-archive.ts';
import { type Adapters, openAdapters, openJobs } from '../../../src/cli/app-context.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { systemClock } from '../../../src/process/system-clock.ts';
import { createScrubber } from '../../../src/redaction/output-scrubber.ts';
import { runAll } from '../../../src/run/run-all.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { BucketView, type StoreAddress } from '../../support/test-store.ts';
import { JsonListSource } from './json-list-source.ts';
import { ListServer } from './list-server.ts';

const MiB = 2 ** 20;
const DAY = 86_400_000;
const PREFIX = 'second-source/';

/** A source of another kind, wired by one line, on any S3 store: archived, resumed and pruned. */
export function secondSourceSuite(
  open: () => Promise<{ store: StoreAddress; close: () => Promise<void> }>,
): void {
  let bucket: BucketView;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const opened = await open();
    bucket = new BucketView(opened.store);
    close = opened.close;
  }, 120_000);
  afterAll(async () => {
    bucket.close();
    await close();
  });

  it('a JSON list is archived, resumed and pruned', async () => {
    await using server = await ListServer.start();
    const folder = await mkdtemp(join(tmpdir(), 'second-source-'));
    const run = (settings: Record<string, string> = {}, signal = new AbortController().signal) =>
      runOnce(server, bucket, folder, settings, signal);
    const now = Date.now();
    const newest = await bytesOf(12 * MiB + 5, 'newest');
    server.backups.push(
      { id: 'b-old', createdAt: new Date(now - 3 * DAY).toISOString(), bytes: await bytesOf(300, 'old') },
      { id: 'b-new', createdAt: new Date(now - 2 * DAY).toISOString(), bytes: newest },
    );

    // The first run is stopped in the middle of the larger archive, when its first part is stored.
    server.behaviour.hangsFrom = 5 * MiB;
    const stopping = new AbortController();
    const cut = run({}, stopping.signal);
    await expect.poll(() => storedParts(bucket), { timeout: 60_000, interval: 200 }).toBe(1);
    stopping.abort(new Error('the run is stopped'));
    await cut;
    server.behaviour.hangsFrom = undefined;

    const archived = await run();
    expect(archived.failed).toBe(0);
    expect(archived.events.map(({ event }) => event)).toContain('archive.resumed');
    const keys = (await bucket.keys(`${PREFIX}list/`)).filter((key) => key.endsWith('.tar.gz'));
    expect(keys).toHaveLength(2);
    expect(await bucket.digest(keys[1] ?? '')).toMatchObject({ size: newest.length });
    expect(await bucket.unfinishedUploads(PREFIX)).toEqual([]);

    // Nothing new: nothing is done again. With a policy, the older one goes.
    const before = server.asked.length;
    expect((await run({ RETENTION_KEEP_LAST: '1' })).failed).toBe(0);
    expect(server.asked.length).toBe(before);
    const left = (await bucket.keys(`${PREFIX}list/`)).map((key) => key.slice(key.lastIndexOf('_') + 1));
    expect(left).toEqual(['b-new.manifest.json', 'b-new.tar.gz']);
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  it('that makes no backups says so when it is asked to make one', async () => {
    await using server = await ListServer.start();
    const { outcomes } = await runOnce(server, bucket, tmpdir(), {
      BACKUP_MODE: 'create',
      S3_PREFIX: 'makes-none/',
    });
    expect(outcomes[0]).toMatchObject({
      status: 'failed',
      error: { code: 'backup.none', message: 'The list makes no backup of list when it is asked to' },
    });
  });
}

async function runOnce(
  server: ListServer,
  bucket: BucketView,
  cwd: string,
  settings: Readonly<Record<string, string>>,
  signal: AbortSignal = new AbortController().signal,
) {
  const env = {
    ...bucket.environment(),
    S3_PREFIX: PREFIX,
    S3_PART_SIZE: '5MiB',
    DATABASE_NAME: 'list',
    DATABASE_ID: 'the-list',
    DB_BEARER_TOKEN: 'not-used-by-this-source',
    BACKUP_MODE: 'mirror',
    RETENTION_ALLOW_MASS_DELETION: 'true',
    ...settings,
  };
  const config = loadConfig({ env, cwd, configFile: undefined, flags: {}, needs: 'everything' });
  const { log, subscribe, events } = memoryLog();
  const context = {
    clock: systemClock,
    random: Math.random,
    log,
    subscribe,
    scrubber: createScrubber(),
    progress: () => ({ begin: () => ({ found() {}, report() {}, end() {} }) }),
    version: '0.0.0-test',
  };
  const usual = openAdapters(config, context);
  // The one line of wiring.
  const adapters: Adapters = { ...usual, source: new JsonListSource() };
  try {
    const databases = config.databases.map((database) => ({ ...database, id: server.url }));
    const { jobs } = openJobs(config, databases, adapters, context);
    return { ...(await runAll(jobs, 1, { clock: systemClock, log }, signal)), events };
  } finally {
    adapters.source.close();
    usual.close();
  }
}

/** Parts of the unfinished upload of the newer backup; 0 where there is none yet. */
async function storedParts({ client, address }: BucketView): Promise<number> {
  const { Uploads: uploads = [] } = await client.send(
    new ListMultipartUploadsCommand({ Bucket: address.bucket, Prefix: PREFIX }),
  );
  const upload = uploads.find(({ Key: key }) => key?.endsWith('_b-new.tar.gz'));
  if (upload?.Key === undefined || upload.UploadId === undefined) return 0;
  const { Parts: parts = [] } = await client.send(
    new ListPartsCommand({ Bucket: address.bucket, Key: upload.Key, UploadId: upload.UploadId }),
  );
  return parts.length;
}

async function bytesOf(size: number, seed: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of syntheticArchive({ size, seed }).read(0)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
