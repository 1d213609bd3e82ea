import { describe, expect, it } from 'vitest';
import { aManifest } from './manifest-fixture.ts';
import { ARCHIVE, bytesOf, calm, failureOf, type StoreFixture, startStore } from './store-fixture.ts';

const DAY = 86_400_000;

function keyOf(day: number, database = 'shop'): string {
  const stamp = new Date(Date.UTC(2025, 0, 1) + day * DAY).toISOString().slice(0, 19).replaceAll(':', '-');
  return `${database}/${stamp}Z_${String(day).padStart(24, '0')}`;
}

function seed(fixture: StoreFixture, days: number, database = 'shop', prefix = ''): void {
  for (let day = 0; day < days; day++) {
    fixture.s3.put(`${prefix}${keyOf(day, database)}.tar.gz`, 100);
    fixture.s3.put(`${prefix}${keyOf(day, database)}.manifest.json`, '{}');
  }
}

describe('a listing', () => {
  it('has every page, newest first, whatever the size of a page', async () => {
    await using fixture = await startStore({}, { quirks: { maxKeys: 7 } });
    seed(fixture, 30);
    const { archives, unproven, dangling } = await fixture.store.list('shop', calm());
    expect(archives.map(({ key }) => key)).toEqual(
      Array.from({ length: 30 }, (_, index) => `${keyOf(29 - index)}.tar.gz`),
    );
    expect([...unproven, ...dangling]).toEqual([]);
    expect(archives[0]).toMatchObject({ database: 'shop', size: 100, lastModified: expect.any(Date) });
  });

  it.each([1, 2, 5, 9])('that fails on page %i is an error', async (page) => {
    await using fixture = await startStore({}, { quirks: { maxKeys: 7 } });
    seed(fixture, 30);
    fixture.s3.fail({
      operation: 'ListObjectsV2',
      skip: page - 1,
      fault: { kind: 'error', code: 'AccessDenied' },
    });
    expect(await failureOf(fixture.store.list('shop', calm()))).toMatchObject({
      code: 's3.forbidden',
      hint: expect.stringContaining('s3:ListBucket'),
      details: { requestId: expect.stringMatching(/^[0-9A-F]{16}$/) },
    });
  });

  it.each([0, 3])('that comes back short of keys (%i) hides none', async (entries) => {
    await using fixture = await startStore({}, { quirks: { maxKeys: 20 } });
    seed(fixture, 30);
    fixture.s3.fail({
      operation: 'ListObjectsV2',
      skip: 1,
      times: entries === 0 ? 1 : 2,
      fault: { kind: 'short-listing', entries: Math.max(entries, 1) },
    });
    expect((await fixture.store.list('shop', calm())).archives).toHaveLength(30);
  });

  it('tells archives, objects without manifest and manifests without object apart', async () => {
    await using fixture = await startStore();
    fixture.s3.put(`${keyOf(1)}.tar.gz`, 1);
    fixture.s3.put(`${keyOf(1)}.manifest.json`, '{}');
    fixture.s3.put(`${keyOf(2)}.tar.gz`, 2);
    fixture.s3.put(`${keyOf(3)}.manifest.json`, '{}');
    const listing = await fixture.store.list('shop', calm());
    expect(listing.archives.map(({ key }) => key)).toEqual([`${keyOf(1)}.tar.gz`]);
    expect(listing.unproven.map(({ key }) => key)).toEqual([`${keyOf(2)}.tar.gz`]);
    expect(listing.dangling.map(({ key }) => key)).toEqual([`${keyOf(3)}.manifest.json`]);
  });

  it('sees nothing that is not ours', async () => {
    await using fixture = await startStore();
    seed(fixture, 1);
    for (const foreign of [
      'readme.txt',
      'shop/readme.txt',
      `shop/deep/${keyOf(1).slice(5)}.tar.gz`,
      `${keyOf(1)}.tar.gz.part`,
      'shop/2025-02-31T00-00-00Z_abc.tar.gz',
      `shop-2/${keyOf(1).slice(5)}.tar.gz`,
      `Shop/${keyOf(1).slice(5)}.tar.gz`,
      '.locks/shop.json',
      'shop/ü &<>"\u{1F4BE}.tar.gz',
    ]) {
      fixture.s3.put(foreign, 'x');
    }
    const listing = await fixture.store.list('shop', calm());
    expect(listing.archives.map(({ key }) => key)).toEqual([`${keyOf(0)}.tar.gz`]);
    expect([...listing.unproven, ...listing.dangling]).toEqual([]);
    const all = await fixture.store.list(undefined, calm());
    expect(all.archives.map(({ key }) => key)).toEqual([`${keyOf(0)}.tar.gz`]);
    expect(all.unproven.map(({ database }) => database)).toEqual(['shop-2']);
  });

  it('stays below its prefix', async () => {
    await using fixture = await startStore({ prefix: 'team/a/' });
    seed(fixture, 2, 'shop', 'team/a/');
    seed(fixture, 3, 'shop', 'team/ab/');
    seed(fixture, 4, 'shop');
    const { archives } = await fixture.store.list(undefined, calm());
    expect(archives.map(({ key }) => key)).toEqual([
      `team/a/${keyOf(1)}.tar.gz`,
      `team/a/${keyOf(0)}.tar.gz`,
    ]);
    expect((await fixture.store.list('shop', calm())).archives).toEqual(archives);
    expect(fixture.s3.requested({ operation: 'ListObjectsV2' }).map(({ query }) => query.prefix)).toEqual(
      expect.arrayContaining(['team/a/', 'team/a/shop/']),
    );
    expect(fixture.store.keyOf(ARCHIVE)).toMatch(/^team\/a\/shop\/2026-01-01T03-00-00Z_/);
  });

  it('shows when an archive was verified, and what has outlived its archive', async () => {
    await using fixture = await startStore();
    seed(fixture, 2);
    for (const stem of [keyOf(1), keyOf(5)]) fixture.s3.put(`${stem}.verified.json`, '{}');
    // Its manifest was deleted, and the object is about to be.
    for (const end of ['tar.gz', 'verified.json']) fixture.s3.put(`${keyOf(3)}.${end}`, 'x');
    const { archives, unproven, dangling, outlived } = await fixture.store.list('shop', calm());
    expect(archives.map(({ key, verifiedAt }) => [key, verifiedAt instanceof Date])).toEqual([
      [`${keyOf(1)}.tar.gz`, true],
      [`${keyOf(0)}.tar.gz`, false],
    ]);
    expect(unproven.map(({ key }) => key)).toEqual([`${keyOf(3)}.tar.gz`]);
    expect(dangling).toEqual([]);
    expect(outlived.map(({ key }) => key)).toEqual([`${keyOf(5)}.verified.json`]);
  });

  it('ignores what was found of an earlier object at the same key', async () => {
    await using fixture = await startStore();
    const at = (second: number) => ({ lastModified: new Date(Date.UTC(2026, 0, 1, 3, 0, second)) });
    // Stored at second 1; a store may date in whole seconds.
    for (const [day, verifiedAt] of [0, 1, 2].entries()) {
      fixture.s3.put(`${keyOf(day)}.tar.gz`, 100, at(1));
      fixture.s3.put(`${keyOf(day)}.manifest.json`, '{}', at(1));
      fixture.s3.put(`${keyOf(day)}.verified.json`, '{}', at(verifiedAt));
    }
    const { archives, outlived } = await fixture.store.list('shop', calm());
    expect(archives.map(({ verifiedAt }) => verifiedAt)).toEqual([
      at(2).lastModified,
      at(1).lastModified,
      undefined,
    ]);
    expect(outlived).toEqual([]);
  });

  it('of an empty bucket is empty', async () => {
    await using fixture = await startStore();
    expect(await fixture.store.list(undefined, calm())).toEqual({
      archives: [],
      unproven: [],
      dangling: [],
      outlived: [],
    });
  });
});

describe('a manifest', () => {
  it('comes back as it was written', async () => {
    await using fixture = await startStore({ prefix: 'p/' });
    const manifest = aManifest({ key: fixture.store.keyOf(ARCHIVE) });
    await fixture.store.writeManifest(manifest, calm());
    expect(fixture.s3.keys()).toEqual([manifest.key.replace('.tar.gz', '.manifest.json')]);
    expect(await fixture.store.readManifest(ARCHIVE, calm())).toEqual(manifest);
  });

  it('that is not there is undefined, and neither is its object', async () => {
    await using fixture = await startStore();
    expect(await fixture.store.readManifest(ARCHIVE, calm())).toBeUndefined();
    expect(await fixture.store.head(ARCHIVE, calm())).toBeUndefined();
  });

  it.each([
    ['is no JSON', '<html>'],
    ['lacks a field', JSON.stringify({ ...aManifest(), checksum: undefined })],
    ['is of a later version', JSON.stringify({ ...aManifest(), version: 99 })],
    ['is far too big', bytesOf(200_000)],
  ])('that %s is refused, and named', async (_, body) => {
    await using fixture = await startStore();
    const key = fixture.store.keyOf(ARCHIVE).replace('.tar.gz', '.manifest.json');
    fixture.s3.put(key, body);
    expect(await failureOf(fixture.store.readManifest(ARCHIVE, calm()))).toMatchObject({
      code: 'manifest.invalid',
      message: expect.stringContaining(key),
    });
  });

  it('whose response to the writing is lost is written', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation: 'PutObject', fault: { kind: 'lose-answer' } });
    await fixture.store.writeManifest(aManifest(), calm());
    expect(await fixture.store.readManifest(ARCHIVE, calm())).toEqual(aManifest());
  });
});

describe('a deletion', () => {
  it('needs no checksum, and one of what is gone is done', async () => {
    await using fixture = await startStore({}, { quirks: { checksums: 'refused' } });
    fixture.s3.put(fixture.store.keyOf(ARCHIVE), 'x');
    await fixture.store.deleteObject(ARCHIVE, calm());
    await fixture.store.deleteObject(ARCHIVE, calm());
    expect(fixture.s3.keys()).toEqual([]);
    expect(fixture.s3.requested({ operation: 'DeleteObjects' })).toEqual([]);
  });

  it.each([
    ['AccessDenied', 's3.forbidden'],
    ['InvalidRequest', 's3.failed'],
  ])('refused with %s is an error, and the object stays', async (refusal, code) => {
    await using fixture = await startStore();
    fixture.s3.put(fixture.store.keyOf(ARCHIVE), 'x');
    fixture.s3.fail({ operation: 'DeleteObject', fault: { kind: 'error', code: refusal } });
    const error = await failureOf(fixture.store.deleteObject(ARCHIVE, calm()));
    expect(error).toMatchObject({ code, message: expect.stringContaining('DeleteObject archives/shop/') });
    expect(fixture.s3.keys()).toHaveLength(1);
  });
});
