import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findBinary } from '../../sandbox/servers/server-process.ts';
import { type RealServer, startMinIO, startSeaweedFS } from './servers.ts';

const PAGE = new URL('../../docs/stores/README.md', import.meta.url);
const run = promisify(execFile);
const stack = new AsyncDisposableStack();
let folder: string;
let script: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-pages-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const blocks = [...(await readFile(PAGE, 'utf8')).matchAll(/^```sh\n(.*?)^```$/gms)];
  script = ['set -eu', ...blocks.map(([, block = '']) => block)].join('\n');
  expect(blocks).toHaveLength(3);
});

afterAll(() => stack.disposeAsync());

async function follow(store: RealServer, text: string): Promise<{ stdout: string; stderr: string }> {
  const tools = dirname(findBinary('AWS_BIN', 'aws', 'pip install awscli'));
  const env = {
    PATH: `${tools}:${process.env.PATH}`,
    HOME: folder,
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
    AWS_DEFAULT_REGION: store.region,
    AWS_ENDPOINT_URL: store.endpoint,
  };
  return run('bash', ['-c', text], { cwd: folder, env });
}

it('the commands of docs/stores/README.md, on SeaweedFS', async () => {
  const store = stack.use(await startSeaweedFS({ dir: join(folder, 'seaweedfs') }));
  const { stdout } = await follow(store, script);
  const kept = [...stdout.matchAll(/"ID": "(.*)"/g)].map(([, id]) => id);
  expect(kept).toEqual(['abort-unfinished-uploads', 'expire-deleted-archives', 'expire-leases']);
  expect(stdout).toContain('"DaysAfterInitiation": 8');
  expect(stdout).toContain('"ObjectLockEnabled": "Enabled"');
});

it('docs/stores/minio.md is right: MinIO refuses the first rule, and takes the others', async () => {
  const store = stack.use(await startMinIO({ dir: join(folder, 'minio') }));
  await expect(follow(store, script)).rejects.toMatchObject({
    stderr: expect.stringContaining('InvalidArgument'),
  });
  await follow(store, 'aws s3 rb s3://my-backups');
  const without = script.replace(/^ {4}\{\n {6}"ID": "abort-unfinished-uploads".*?^ {4}\},\n/ms, '');
  expect(without).not.toBe(script);
  const { stdout } = await follow(store, without);
  const kept = [...stdout.matchAll(/"ID": "(.*)"/g)].map(([, id]) => id);
  expect(kept).toEqual(['expire-deleted-archives', 'expire-leases']);
});
