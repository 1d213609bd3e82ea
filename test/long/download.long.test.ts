import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { archiveDigest, fileArchive } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { BLOCK_SIZE } from '../../src/recovery/download/blocks.ts';
import { startSandboxWorld } from '../e2e/sandbox-world.ts';
import { ArchiverProcess } from '../support/archiver-process.ts';
import { seededRandom } from '../support/seeded-random.ts';

const MiB = 2 ** 20;
/** Requests for the bytes of an archive. */
const BYTES = { operation: 'GetObject', key: /\.tar\.gz$/ } as const;

/** A bucket with one archive, and a folder to bring it to. No variable of the source's is set. */
async function start(size = 30 * MiB + 7, extra: Readonly<Record<string, string>> = {}) {
  const archive = syntheticArchive({ size, seed: 'download' });
  const sandbox = await startSandboxWorld();
  const { world, s3 } = sandbox;
  const database = world.scalingo.addDatabase({ app: 'shop', archive });
  const made = await world.archive(database, extra);
  expect(made.code, made.stdout).toBe(0);
  const [manifest] = await world.manifests();
  if (manifest === undefined) throw new Error('there is no manifest');
  const folder = await mkdtemp(join(tmpdir(), 'download-'));
  const env = { ...world.bucket.environment(), S3_PREFIX: world.prefix, LOG_FORMAT: 'json' };
  const file = join(folder, 'back.tar.gz');
  return {
    ...{ archive, world, s3, manifest, folder, env, file },
    download: (reference = 'shop', output = file) =>
      world.run(['download', reference, '--output', output], env),
    expectWhole: async (path = file) => {
      expect(
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      ).toBe(await archiveDigest(archive));
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

describe('download', () => {
  it.each([
    ['a CRC of the whole', 30 * MiB + 7, {}],
    ['CRC64NVME', 30 * MiB + 7, { S3_CHECKSUM: 'crc64nvme' }],
    ['SHA-256 of the parts', 30 * MiB + 7, { S3_CHECKSUM: 'sha256', S3_PART_SIZE: '7MiB' }],
    ['one small part', 2000, {}],
  ])('brings an archive back byte for byte: %s', async (_, size, extra) => {
    await using night = await start(size, extra);
    const { manifest, file, folder } = night;
    const finished = await night.download();
    expect(finished.code, finished.stderr).toBe(0);
    await night.expectWhole();
    expect(finished.stdout).toBe(
      `${file}: ${size === 2000 ? '2.0 KiB' : '30.0 MiB'} (${size} bytes), ${manifest.checksum.algorithm} ${manifest.checksum.value} as in the manifest\n`,
    );
    expect(await readdir(folder)).toEqual(['back.tar.gz']);
  });

  it('is given a key, with the prefix or without, an id, a name, or a name at a time; and a folder', async () => {
    await using night = await start(2000);
    const { manifest, world, folder } = night;
    const day = manifest.createdAt.slice(0, 10);
    const references = [
      manifest.key,
      manifest.key.slice(world.prefix.length),
      manifest.backupId,
      `shop@${day}`,
      `shop@${new Date(Date.parse(manifest.createdAt) + 1000).toISOString()}`,
    ];
    for (const [index, reference] of references.entries()) {
      const path = join(folder, `${index}`);
      const finished = await night.download(reference, path);
      expect(finished.code, finished.stderr).toBe(0);
      await night.expectWhole(path);
    }
    expect((await night.download('shop', folder)).code).toBe(0);
    await night.expectWhole(join(folder, `shop_${manifest.key.split('/').at(-1)}`));
  });

  it('streams to standard output in order', async () => {
    await using night = await start();
    const { env, file } = night;
    const args = ['download', 'shop', '--output', '-'];
    await using piped = new ArchiverProcess(args, env, [], openSync(file, 'w'));
    const { code, stderr } = await piped.finished();
    expect(code, stderr).toBe(0);
    await night.expectWhole();
  });

  it('waits for a slow reader of its output, and ends where that goes away', async () => {
    await using night = await start();
    const { env, archive } = night;
    const main = new URL('../../src/main.ts', import.meta.url).pathname;
    const command = `"${process.execPath}" "${main}" download shop --output -`;
    const through = (reader: string) => {
      const options = { env: { ...process.env, ...env }, encoding: 'utf8' } as const;
      return promisify(execFile)('bash', ['-c', `set -o pipefail; ${command} | ${reader}`], options).catch(
        (error: { code: number; stdout: string; stderr: string }) => error,
      );
    };
    expect((await through('(sleep 1; cat) | sha256sum')).stdout).toContain(await archiveDigest(archive));
    expect(await through('head -c 100000 >&2')).toMatchObject({ code: 1 });
  });

  it('of another archive to the same file leaves none that looks whole and is not', async () => {
    await using night = await start();
    const { world, s3, env, file, manifest } = night;
    const other = syntheticArchive({ size: 20 * MiB, seed: 'other' });
    const added = await world.archive(world.scalingo.addDatabase({ app: 'other', archive: other }), {
      DATABASE_NAME: 'other',
    });
    expect(added.code, added.stdout).toBe(0);
    const held = Promise.withResolvers<void>();
    s3.fail({ ...BYTES, skip: 3, fault: { kind: 'hold', until: held.promise }, times: 1 });
    await using first = world.spawn(['download', manifest.key, '--output', file], env);
    await s3.seen(BYTES, 4);
    const second = await night.download('other');
    expect(second.code, second.stderr).toBe(0);
    held.resolve();
    const { code, stderr } = await first.finished();
    expect(code).toBe(1);
    expect(stderr).toMatch(/another download|is there already|ENOENT/);
    expect(
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ).toBe(await archiveDigest(other));
  });

  it.each([
    ['a file of another program under the name of the partial one', '.part', 2],
    ['an empty name', '', 2],
  ])('refuses %s', async (_, ending, code) => {
    await using night = await start(2000);
    if (ending !== '') await writeFile(`${night.file}${ending}`, 'not ours');
    const finished = await night.download('shop', ending === '' ? '' : night.file);
    expect(finished.code).toBe(code);
    if (ending !== '') expect(await readFile(`${night.file}${ending}`, 'utf8')).toBe('not ours');
  });

  it('of an archive in cold storage says how to have it restored', async () => {
    await using night = await start(2000);
    const fault = { kind: 'error', code: 'InvalidObjectState', status: 403 } as const;
    night.s3.fail({ ...BYTES, fault, times: 99 });
    const { code, stderr } = await night.download();
    expect(code).toBe(1);
    expect(stderr).toContain('aws s3api restore-object');
  });

  it('goes on after a kill with the blocks that are there and right', async () => {
    await using night = await start(64 * MiB);
    const { world, env, file, s3 } = night;
    let notes = '';
    {
      const held = Promise.withResolvers<void>();
      const fault = { kind: 'hold', until: held.promise } as const;
      s3.fail({ ...BYTES, skip: 3, fault, times: 99 });
      await using killed = world.spawn(['download', 'shop', '--output', file], env);
      for (;;) {
        notes = await readFile(`${file}.part.blocks`, 'utf8').catch(() => '');
        if (notes.split('\n').length >= 5) break;
        await setTimeout(20);
      }
      killed.kill('SIGKILL');
      await killed.finished();
      held.resolve();
    }
    expect(existsSync(file)).toBe(false);
    // A block that was noted and has other bytes by now is not believed.
    const bytes = await readFile(`${file}.part`);
    const at = Number(notes.split('\n')[1]?.split(' ')[0]) * 8 * MiB + 5;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(`${file}.part`, bytes);
    const before = s3.requested({ operation: 'GetObject' }).length;
    const finished = await night.download();
    expect(finished.code, finished.stderr).toBe(0);
    await night.expectWhole();
    expect(finished.events.find(({ event }) => event === 'archive.resumed')).toMatchObject({
      bytes: 16 * MiB,
    });
    // Six blocks of eight, and the manifest.
    expect(s3.requested({ operation: 'GetObject' }).length - before).toBe(7);
  });

  it('killed 20 times anywhere is whole in the end, and has fetched at most a block a connection twice for each', async () => {
    const [kills, connections] = [20, 2];
    await using night = await start(1024 * MiB + 7);
    const { archive, world, file, s3 } = night;
    const env = { ...night.env, S3_CONCURRENCY: `${connections}` };
    const sent = () => s3.requested(BYTES).reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    const random = seededRandom(20);
    for (let kill = 0; kill < kills; kill++) {
      const before = sent();
      // Every fourth as it starts, before it has asked for a byte or soon after.
      const isEarly = kill % 4 === 0;
      const atBytes = (random() * archive.size) / 16;
      const atMs = random() * 400;
      await using killed = world.spawn(['download', 'shop', '--output', file], env);
      if (isEarly) await setTimeout(atMs);
      else while (sent() - before < atBytes && killed.child.exitCode === null) await setTimeout(2);
      killed.kill('SIGKILL');
      const { code, stderr } = await killed.finished();
      expect(code, stderr).toBe(null);
      expect(existsSync(file)).toBe(false);
    }
    const finished = await world.run(['download', 'shop', '--output', file], env);
    expect(finished.code, finished.stderr).toBe(0);
    expect(await archiveDigest(fileArchive(file))).toBe(await archiveDigest(archive));
    const twice = sent() - archive.size;
    process.stdout.write(
      `figure: a download of 1 GiB, killed ${kills} times, fetched ${Math.round(twice / MiB)} MiB twice\n`,
    );
    expect(twice).toBeGreaterThan(0);
    expect(twice).toBeLessThanOrEqual(kills * connections * BLOCK_SIZE);
  });

  it.each([
    ['a flipped byte', 'its manifest says'],
    ['a truncated object', 'the object has 20971520 bytes, its manifest says 31457287'],
  ])('never leaves a file that looks whole and is not: %s', async (what, why) => {
    await using night = await start();
    const { s3, manifest, folder, world } = night;
    if (what === 'a flipped byte') await s3.corrupt(manifest.key, 12 * MiB);
    else {
      const { address, client } = world.bucket;
      const shorter = { Bucket: address.bucket, Key: manifest.key, Body: Buffer.alloc(20 * MiB) };
      await client.send(new PutObjectCommand(shorter));
    }
    const finished = await night.download();
    expect(finished.code).toBe(1);
    expect(finished.stderr).toContain(manifest.key);
    expect(finished.stderr).toContain(why);
    expect(await readdir(folder)).toEqual([]);
  });

  it('goes on where the store breaks off, and says so', async () => {
    await using night = await start();
    const { s3 } = night;
    s3.fail({ ...BYTES, skip: 2, fault: { kind: 'reset', afterBytes: MiB } });
    const finished = await night.download();
    expect(finished.code, finished.stderr).toBe(0);
    await night.expectWhole();
    expect(finished.events.find(({ event }) => event === 'archive.retried')).toMatchObject({
      database: 'shop',
      attempt: 1,
    });
  });

  it('writes over no file: exit 2, in one line', async () => {
    await using night = await start(2000);
    await writeFile(night.file, 'mine');
    const { code, stdout, stderr } = await night.download();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^backup-archiver: .*back\.tar\.gz is there already, and is not written over\. .*\n$/,
    );
    expect(await readFile(night.file, 'utf8')).toBe('mine');
  });

  it.each([
    [
      'nothing-here',
      1,
      'there is no archive nothing-here: no database and no backup id in the bucket reads so',
    ],
    ['shop@2001-01-01', 1, 'the oldest archive of shop is of '],
    ['other@2030-01-01', 1, 'there is no archive of other'],
    ['shop/2026-01-01T00-00-00Z_0.tar.gz', 1, 'shop has no whole archive at this key'],
    ['shop@yesterday', 2, '"shop@yesterday" names no archive'],
    ['Ünknown', 2, 'names no archive'],
  ])('says of %s in one line what is wrong', async (reference, code, why) => {
    await using night = await start(2000);
    const finished = await night.download(reference);
    expect(finished.code).toBe(code);
    expect(finished.stderr.split('\n').filter((line) => line !== '')).toHaveLength(1);
    expect(finished.stderr).toContain(why);
  });
});
