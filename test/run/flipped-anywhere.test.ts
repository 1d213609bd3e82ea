import { describe, expect, it } from 'vitest';
import { archiveBytes } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { StoreQuirks } from '../../sandbox/s3/options.ts';
import { parseManifest } from '../../src/model/manifest.ts';
import { archiveDatabase } from '../../src/run/archive-database.ts';
import { FlippingProxy } from '../stores/s3/flipping-proxy.ts';
import { calm } from '../stores/s3/store-fixture.ts';
import { Workbench } from './workbench.ts';

/** What the store can do decides who would notice. */
const STORES: readonly (readonly [string, Partial<StoreQuirks>])[] = [
  ['keeps checksums', {}],
  ['ignores checksums, and has MD5s for ETags', { checksums: 'ignored' }],
  ['refuses checksums, and has MD5s for ETags', { checksums: 'refused' }],
];

const PART_SIZE = 5 * 2 ** 20;
const small = syntheticArchive({ size: 40_000, seed: 'one request' });
const big = syntheticArchive({ size: PART_SIZE + 30_000, seed: 'two parts' });

/** One run over a line that flips one bit. @returns bytes sent, and how many archives count now */
async function runOver(quirks: Partial<StoreQuirks>, archive: typeof small, offset: number) {
  await using bench = await Workbench.start({ server: { quirks } });
  const database = bench.scalingo.addDatabase({ app: 'shop', archive });
  const backup = database.addBackup();
  await using proxy = await FlippingProxy.start(bench.s3.endpoint, offset);
  const store = bench.storeAt(proxy.url, { partSize: PART_SIZE });
  await archiveDatabase(bench.job(database, {}, { store }), calm()).catch(() => {});
  const whole = await archiveBytes(archive);
  const manifests = bench.s3.keys().filter((key) => key.endsWith('.manifest.json'));
  for (const key of manifests) {
    const manifest = parseManifest(key, (await bench.s3.read(key)).toString());
    const stored = await bench.s3.read(manifest.key);
    // There may be no archive; there must be no other.
    expect({ offset, same: stored.equals(whole), size: manifest.size, id: manifest.backupId }).toEqual({
      offset,
      same: true,
      size: whole.length,
      id: backup.id,
    });
  }
  return { sent: proxy.passed, archives: manifests.length };
}

/** Headers, bodies, manifest, and what is between them: anywhere in all that a run sends. */
describe.each(STORES)('a bit flipped anywhere on the way to a store that %s', (_, quirks) => {
  it.each([
    ['one request', small, 12],
    ['two parts', big, 3],
  ] as const)('never makes an archive of other bytes (%s)', async (_name, archive, places) => {
    const { sent, archives } = await runOver(quirks, archive, Number.POSITIVE_INFINITY);
    expect(archives).toBe(1);
    expect(sent).toBeGreaterThan(archive.size);
    // Spread over the whole, and at other places in each run of these tests: the failure names its own.
    const step = sent / places;
    for (let n = 0; n < places; n++) {
      await runOver(quirks, archive, Math.floor((n + Math.random()) * step));
    }
  });
});
