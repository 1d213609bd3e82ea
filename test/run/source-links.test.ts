import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { flippedByteArchive, truncatedArchive } from '../../sandbox/archive/altered-archive.ts';
import { bufferArchive } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { DownloadBehaviour } from '../../sandbox/scalingo/download-behaviour.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { eventsOf, JobFixture, PART } from './job-fixture.ts';

const PARTS = 24;
const archive = syntheticArchive({ size: PARTS * PART, seed: 'links' });

describe('the links of a parallel copy', () => {
  it('are good for one download only: a fresh one for each part, and nothing is read twice', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.database.links = { lifetimeMs: 3_600_000, oneTime: true, refusedStatus: 403 };
    await fixture.run();
    await fixture.expectOnlyArchive();
    expect(fixture.downloaded()).toBe(archive.size);
  });

  it.each([401, 403, 404, 410] as const)(
    'expire with %i on the way: a fresh one is fetched, and used on',
    async (refusedStatus) => {
      await using fixture = await JobFixture.start({ archive, layout: { concurrency: 1 } });
      fixture.database.links = { lifetimeMs: 6 * 60_000, oneTime: false, refusedStatus };
      fixture.scalingo.intercept = ({ operation }) => {
        // A download a minute: a link lives for six of them.
        if (operation === 'download') fixture.clock.set(fixture.clock.now() + 60_000);
        return undefined;
      };
      await fixture.run();
      await fixture.expectOnlyArchive();
      const links = fixture.scalingo.count('archive');
      expect(links).toBeGreaterThanOrEqual(4);
      expect(links).toBeLessThanOrEqual(6);
    },
  );

  it('are all revoked at once: each worker asks for one more at most', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.database.download = { latencyMs: 5 };
    fixture.scalingo.intercept = ({ operation }) => {
      if (operation === 'download' && fixture.scalingo.count('download') === 12)
        fixture.scalingo.revokeLinks();
      return undefined;
    };
    await fixture.run();
    await fixture.expectOnlyArchive();
    const links = fixture.scalingo.count('archive');
    expect(links).toBeGreaterThanOrEqual(2);
    expect(links).toBeLessThanOrEqual(5);
  });

  it('are not asked for again when it was the connection that failed', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.database.nextDownloads({}, { cutAfter: 10 }, { cutAfter: 20 }, { cutBy: 'reset', cutAfter: 30 });
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.retried')).toHaveLength(3);
    expect(fixture.scalingo.count('archive')).toBe(1);
  });
});

describe('an archive that changes in mid-copy is noticed, and nothing of it is kept', () => {
  const other = flippedByteArchive(archive, 20 * PART);
  it.each<[string, DownloadBehaviour]>([
    ['another validator, the same size', { archive: other }],
    ['another validator that does not answer If-Range', { validator: 'other' }],
    ['another total', { archive: truncatedArchive(archive, archive.size - 10, { keepValidator: true }) }],
    ['a range that is there no more', { archive: truncatedArchive(archive, PART, { keepValidator: true }) }],
    ['ranges ignored', { range: 'ignore' }],
    ['ranges refused', { range: 'refuse' }],
  ])('%s', async (_, behaviour) => {
    await using fixture = await JobFixture.start({ archive });
    fixture.scalingo.intercept = ({ operation }) => {
      if (operation === 'download' && fixture.scalingo.count('download') >= 10)
        fixture.database.download = behaviour;
      return undefined;
    };
    expect(await fixture.fail()).toMatchObject({ error: { code: 'archive.source_changed' } });
    fixture.expectNothing();
  });

  it('between two runs: what the first one stored is not gone on with', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.scalingo.intercept = ({ operation }) => {
      const enough = operation === 'download' && fixture.scalingo.count('download') >= 10;
      return enough ? { kind: 'drop', executed: false } : undefined;
    };
    await fixture.fail();
    expect(fixture.s3.uploads()[0]?.parts.length).toBeGreaterThan(4);
    fixture.scalingo.intercept = () => undefined;
    const changed = flippedByteArchive(archive, PART / 2);
    fixture.database.newestBackup.archive = changed;
    const run = await fixture.run();
    expect(eventsOf(run, 'archive.resumed')).toEqual([]);
    await fixture.expectOnlyArchive(changed);
  });
});

describe('an archive that changes between two runs behind its first part', () => {
  const content = seededBytes(30 * PART);
  const stored = (bytes: Buffer) => bufferArchive(gzipSync(bytes, { level: 0 }));
  const changed = Buffer.from(content);
  changed.fill(7, 3 * PART);

  it('is noticed by unpacking: no manifest, and the run after that makes it whole', async () => {
    await using fixture = await JobFixture.start({ archive: stored(content) });
    fixture.scalingo.intercept = ({ operation }) => {
      const enough = operation === 'download' && fixture.scalingo.count('download') >= 10;
      return enough ? { kind: 'drop', executed: false } : undefined;
    };
    await fixture.fail();
    fixture.scalingo.intercept = () => undefined;
    const replaced = stored(changed);
    fixture.database.newestBackup.archive = replaced;
    expect(await fixture.fail()).toMatchObject({ error: { code: 'archive.damaged' } });
    expect(fixture.keys().filter((key) => key.endsWith('.json'))).toEqual([]);
    await fixture.run();
    await fixture.expectOnlyArchive(replaced);
  });
});

function seededBytes(size: number): Buffer {
  const random = seededRandom(size);
  return Buffer.from(Uint8Array.from({ length: size }, () => random() * 256));
}

describe('an archive whose size nothing tells', () => {
  const NO_LENGTH: DownloadBehaviour = { framing: 'chunked', range: 'ignore' };

  it('counts once it was unpacked', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.database.nextBackups({ archive, reportedSize: null });
    fixture.database.download = NO_LENGTH;
    await fixture.run();
    await fixture.expectOnlyArchive();
  });

  it('and that ends too early in good order is no archive', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.database.nextBackups({ archive, reportedSize: null });
    fixture.database.download = NO_LENGTH;
    fixture.database.nextDownloads({ endAfter: archive.size - 1000 });
    expect(await fixture.fail()).toMatchObject({ error: { code: 'archive.damaged' } });
    expect(fixture.keys().filter((key) => key.endsWith('.json'))).toEqual([]);
    await fixture.run();
    await fixture.expectOnlyArchive();
  });

  it('is refused where the store cannot give it back to be unpacked', async () => {
    await using fixture = await JobFixture.start({
      archive,
      wrap: (store) =>
        new Proxy(store, {
          get: (target, name) => {
            if (name === 'canReadBack') return false;
            const value: unknown = Reflect.get(target, name, target);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        }),
    });
    fixture.database.nextBackups({ archive, reportedSize: null });
    fixture.database.download = NO_LENGTH;
    expect(await fixture.fail()).toMatchObject({ error: { code: 'archive.unframed' } });
    expect(fixture.keys()).toEqual([]);
  });
});

describe('an empty archive is refused', () => {
  const nothing = bufferArchive(new Uint8Array());
  it.each<[string, DownloadBehaviour]>([
    ['with ranges', {}],
    ['without ranges', { range: 'ignore' }],
    ['in chunks', { framing: 'chunked' }],
    ['until the connection ends', { framing: 'close', range: 'ignore' }],
  ])('%s', async (_, behaviour) => {
    await using fixture = await JobFixture.start({ archive: nothing });
    fixture.database.download = behaviour;
    expect(await fixture.fail()).toMatchObject({ error: { code: 'archive.empty' } });
    fixture.expectNothing();
    expect(fixture.database.backups).toHaveLength(1);
  });

  it('also where the size is stated otherwise', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.database.nextBackups({ archive: nothing, reportedSize: archive.size });
    expect(await fixture.fail()).toMatchObject({
      error: { code: expect.stringMatching(/^archive\.(empty|size_mismatch)$/) },
    });
    fixture.expectNothing();
  });
});
