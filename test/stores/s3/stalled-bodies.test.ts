import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { archiveBytes } from '../../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../../sandbox/archive/synthetic-archive.ts';
import type { RecordedRequest } from '../../../sandbox/s3/options.ts';
import { lockKey } from '../../../src/model/archive-key.ts';
import { withLease } from '../../../src/run/lease/lease.ts';
import { readStored } from '../../../src/run/proof/read-back.ts';
import { S3ArchiveStore } from '../../../src/stores/s3/s3-archive-store.ts';
import { JobFixture } from '../../run/job-fixture.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { storeOptions } from '../../support/store-options.ts';
import { calm } from './store-fixture.ts';

const archive = syntheticArchive({ size: 200_000, seed: 'stalled' });
const identity = { database: 'shop', backupId: '5b8b36104ffb090be1ac3ce1', createdAt: new Date(0) };
const IMPATIENT = { timeoutScale: 0.01 };

describe('a response of the store whose body does not come after its head', () => {
  it.each<[RecordedRequest['operation'], (fixture: JobFixture) => Promise<unknown>]>([
    ['ListObjectsV2', ({ store }) => store.list('shop', calm())],
    ['ListMultipartUploads', ({ store }) => store.listUploads('shop', calm())],
    [
      'CreateMultipartUpload',
      ({ store }) => store.beginUpload({ archive: identity, mustBeNew: true, metadata: {} }, calm()),
    ],
    ['GetObject', ({ store }) => store.readManifest(identity, calm())],
  ])('(%s) is asked for again, and given up in the end', async (operation, call) => {
    await using fixture = await JobFixture.start({ archive, store: IMPATIENT });
    fixture.s3.put('shop/1970-01-01T00-00-00Z_5b8b36104ffb090be1ac3ce1.manifest.json', '{}');
    fixture.s3.fail({ operation, fault: { kind: 'stall-body' }, times: 1 });
    // Once costs nothing.
    await call(fixture).catch((error: { code: string }) => expect(error.code).toBe('manifest.invalid'));
    fixture.s3.fail({ operation, fault: { kind: 'stall-body' }, times: 100 });
    const begun = performance.now();
    await expect(call(fixture)).rejects.toMatchObject({
      code: 's3.timeout',
      message: expect.stringContaining(operation),
    });
    expect(performance.now() - begun).toBeLessThan(20_000);
  });

  it('(an archive that is read back) is given up after the stall timeout', async () => {
    await using fixture = await JobFixture.start({ archive });
    const key = 'shop/1970-01-01T00-00-00Z_5b8b36104ffb090be1ac3ce1.tar.gz';
    fixture.s3.put(key, await archiveBytes(archive));
    fixture.s3.fail({ operation: 'GetObject', fault: { kind: 'stall-body', length: archive.size } });
    const job = fixture.job();
    const impatient = { ...job, settings: { ...job.settings, stallTimeout: 50 } };
    await expect(readStored(impatient, identity, [], calm())).rejects.toMatchObject({
      code: 's3.timeout',
      message: expect.stringContaining('gave no byte of the archive'),
    });
  });
});

it('a store that shows no lease to the reader and one to the writer: the waiting ends, and says so', async () => {
  await using fixture = await JobFixture.start({ archive });
  const { clock, s3 } = fixture;
  const store = new S3ArchiveStore(storeOptions(s3), clock);
  s3.put(lockKey('', 'shop'), '{"holder":"another","host":"h","pid":1}');
  s3.fail({ operation: 'GetObject', fault: { kind: 'error', code: 'NoSuchKey' }, times: 1000 });
  const holder = { holder: 'us', host: 'here', pid: 2, processTable: null, isAlive: () => true };
  const { log, events } = memoryLog();
  const context = { database: 'shop', store: store.leases, holder, clock, log };
  await expect(withLease(context, calm(), async () => {})).rejects.toMatchObject({
    code: 'lock.held',
    message: expect.stringContaining('shop'),
  });
  expect(events.filter(({ event }) => event === 'lock.held')).toHaveLength(1);
  expect(s3.requests.length).toBeLessThan(100);
  store.close();
});

it('a role whose keys never come is given up', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  await using fixture = await JobFixture.start({ archive });
  const token = join(process.env.TMPDIR ?? '/tmp', `token-${port}`);
  await writeFile(token, 'a.b.c');
  const env = {
    AWS_WEB_IDENTITY_TOKEN_FILE: token,
    AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/archiver',
    AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${port}`,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    const options = {
      ...storeOptions(fixture.s3),
      accessKeyId: undefined,
      secretAccessKey: undefined,
      ...IMPATIENT,
    };
    const store = new S3ArchiveStore(options, fixture.clock);
    await expect(store.list('shop', calm())).rejects.toMatchObject({ code: 's3.no_credentials' });
    store.close();
  } finally {
    vi.unstubAllEnvs();
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  }
});
