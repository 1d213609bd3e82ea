import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { startSandboxWorld } from '../e2e/sandbox-world.ts';
import { base64Crc32 } from '../support/archive-checksums.ts';

const SMALL_PARTS = fileURLToPath(new URL('small-parts.ts', import.meta.url));
/** S3's most. */
const PARTS = 10_000;
const PART = 16 * 2 ** 10;
const CONCURRENCY = 8;

/**
 * As many parts as an upload may have, each of them really sent, by the real process, into a store that checks and
 * keeps what it is sent: a resumed copy is unpacked before its manifest.
 */
it('10,000 parts are sent, listed on ten pages by the next run, and completed', async () => {
  await using sandbox = await startSandboxWorld({ quirks: { minPartSize: 1 } });
  const { s3, world } = sandbox;
  const archive = syntheticArchive({ size: PARTS * PART - 77, seed: 'ten thousand' });
  const database = world.scalingo.addDatabase({ app: 'shop', archive });
  const env = world.environment(database);
  const { served } = world.scalingo;
  {
    await using program = world.spawn(['run'], env, ['--import', SMALL_PARTS]);
    await served.reached(9_500 * PART);
    program.kill('SIGKILL');
    expect((await program.finished()).code).toBe(null);
  }
  const [before, listed] = [served.total, s3.requests.length];

  await using program = world.spawn(['run'], env, ['--import', SMALL_PARTS]);
  const { code, stdout, events } = await program.finished();
  expect(code, stdout).toBe(0);
  const resumed = events.find(({ event }) => event === 'archive.resumed');
  const stored = Number(resumed?.parts);
  // What was in flight is lost, and no more.
  expect(stored).toBeGreaterThanOrEqual(9_500 - CONCURRENCY);
  expect(stored).toBeLessThan(PARTS);
  expect(resumed).toMatchObject({ bytes: stored * PART, totalBytes: archive.size });
  expect(served.total - before).toBe(archive.size - stored * PART + PART);
  const pages = s3.requests.slice(listed).filter(({ operation, key }) => {
    return operation === 'ListParts' && !key?.includes('write-probe');
  });
  expect(pages.map(({ query }) => query['part-number-marker'])).toEqual([
    undefined,
    ...Array.from({ length: 9 }, (_, page) => String((page + 1) * 1000)),
  ]);

  const [manifest, ...more] = await world.manifests();
  expect(more).toEqual([]);
  const crc = await base64Crc32(archive);
  expect(manifest).toMatchObject({
    size: archive.size,
    parts: PARTS,
    partSize: PART,
    checksum: { algorithm: 'CRC32', kind: 'full-object', value: crc },
    proof: 'store-full-object',
  });
  // The store's own word for it.
  expect(s3.object(manifest?.key ?? '')).toMatchObject({
    size: archive.size,
    parts: PARTS,
    checksums: { crc32: crc },
    checksumType: 'FULL_OBJECT',
  });
  expect(s3.uploads()).toEqual([]);
  expect(world.scalingo.count('create')).toBe(1);
});
