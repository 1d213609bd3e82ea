import { describe, expect, it } from 'vitest';
import { bufferArchive } from '../../sandbox/archive/archive-source.ts';
import { aManifest } from '../stores/s3/manifest-fixture.ts';
import { failureOf, MiB } from '../stores/s3/store-fixture.ts';
import { DAY, MINUTE } from '../support/database-job.ts';
import { archive, start } from './shop-world.ts';

describe('what another run left', () => {
  it('an object without its manifest is proved and adopted, whatever the store can do', async () => {
    for (const quirks of [{}, { checksums: 'ignored' }, { checksums: 'refused' }] as const) {
      await using world = await start({ server: { quirks } });
      const [first] = await world.run();
      const key = first?.key.replace('.tar.gz', '.manifest.json') ?? '';
      await world.bench.s3.lose(key);
      const downloads = world.bench.scalingo.count('download');
      const [again] = await world.run();
      expect(again).toMatchObject({
        backupId: first?.backupId,
        checksum: first?.checksum,
        parts: first?.parts,
      });
      expect(world.bench.scalingo.count('download')).toBe(downloads);
      expect(world.database.backups).toHaveLength(1);
      expect(await world.bench.holdsOnly(archive)).toBe(true);
    }
  });

  it.each([
    [
      'its bits were flipped',
      (key: string, { bench }: Awaited<ReturnType<typeof start>>) => bench.s3.corrupt(key, 1000),
    ],
    [
      'it is of another size',
      (key: string, { bench }: Awaited<ReturnType<typeof start>>) => void bench.s3.put(key, 'short'),
    ],
    [
      'it is somebody else’s',
      async (key: string, { bench }: Awaited<ReturnType<typeof start>>) =>
        void bench.s3.put(key, await bench.s3.read(key), { metadata: { 'backup-id': 'x', 'addon-id': 'y' } }),
    ],
  ])('an object without its manifest is made again when %s', async (_, damage) => {
    await using world = await start({ server: { quirks: { checksums: 'ignored' } } });
    const [first] = await world.run();
    const key = first?.key ?? '';
    await world.bench.s3.lose(key.replace('.tar.gz', '.manifest.json'));
    await damage(key, world);
    await world.run();
    expect(await world.bench.holdsOnly(archive)).toBe(true);
    expect(world.database.backups).toHaveLength(1);
    expect(world.bench.logged).toContain('archive.unproven');
  });

  it('a manifest without its object does not count: the backup is archived again', async () => {
    await using world = await start();
    const [first] = await world.run();
    await world.bench.s3.lose(first?.key ?? '');
    const [again] = await world.run();
    expect(again?.backupId).toBe(first?.backupId);
    expect(await world.bench.holdsOnly(archive)).toBe(true);
  });
});

describe('the manifest', () => {
  it('is written last, after a look at what is stored', async () => {
    await using world = await start();
    await world.run();
    const ours = world.bench.s3.requests.filter(({ key }) => /^shop\/2/.test(key ?? ''));
    expect(ours.map(({ operation }) => operation).slice(-2)).toEqual(['HeadObject', 'PutObject']);
    expect(ours.at(-1)?.key).toMatch(/\.manifest\.json$/);
  });

  it('is not written when the look fails: the next run adopts the object', async () => {
    await using world = await start();
    // The first look is whether the object is new.
    const looks = { operation: 'HeadObject', key: /_[0-9a-f]{24}/ } as const;
    world.bench.s3.fail({ ...looks, skip: 1, fault: { kind: 'error', code: 'AccessDenied' } });
    expect((await failureOf(world.run())).code).toBe('s3.forbidden');
    expect(await world.bench.manifests()).toEqual([]);
    await world.run();
    expect(await world.bench.holdsOnly(archive)).toBe(true);
    expect(world.database.backups).toHaveLength(1);
  });

  it('is proved by reading back where the store shows nothing of its own', async () => {
    await using world = await start({
      store: { sse: 'aws:kms' },
      server: { quirks: { checksums: 'refused' } },
    });
    const [manifest] = await world.run();
    expect(manifest?.proof).toBe('read-back');
    expect(world.bench.s3.requested({ operation: 'GetObject', key: manifest?.key ?? '' })).toHaveLength(1);
  });

  it('is not written when what is read back differs', async () => {
    await using world = await start({
      store: { sse: 'aws:kms' },
      server: { quirks: { checksums: 'refused' } },
    });
    world.bench.s3.fail({
      operation: 'GetObject',
      key: /tar\.gz$/,
      fault: { kind: 'corrupt', atByte: 5000 },
    });
    expect((await failureOf(world.run())).code).toMatch(/^archive\.(checksum_mismatch|damaged)$/);
    expect(await world.bench.manifests()).toEqual([]);
  });

  it('is read by those who come after', async () => {
    await using world = await start();
    const [manifest] = await world.run();
    expect(Object.keys(manifest ?? {}).sort()).toEqual(Object.keys(aManifest()).sort());
    expect(manifest).toMatchObject({ engine: 'postgresql', engineVersion: '16.4.0-1', app: 'shop' });
  });
});

it('an archive that the API says has another size is refused, unless that is not to be verified', async () => {
  await using world = await start();
  world.database.addBackup({ createdAt: world.ago(0.1), reportedSize: archive.size - 1 });
  expect((await failureOf(world.run())).code).toBe('archive.size_mismatch');
  expect(world.bench.s3.keys()).toEqual([]);
  await world.run({ verifySize: false });
  expect(await world.bench.holdsOnly(archive)).toBe(true);
});

it('an archive whose size nobody knows is taken as it comes', async () => {
  const small = bufferArchive(Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), Buffer.alloc(MiB)]));
  await using world = await start();
  world.database.addBackup({ createdAt: world.ago(0.1), reportedSize: null, archive: small });
  await world.run({ stallTimeout: MINUTE, maxUploadAge: DAY });
  expect(await world.bench.holdsOnly(small)).toBe(true);
});
