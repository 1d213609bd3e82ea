import { describe, expect, it } from 'vitest';
import { ListingServer } from './listing-server.ts';
import { calm, failureOf, startStore } from './store-fixture.ts';

const KEY = 'shop/2025-01-01T00-00-00Z_abc.tar.gz';

/** A page with the given `Contents` elements. */
function page(contents: string, more = '<IsTruncated>false</IsTruncated>'): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>archives</Name>${more}${contents}</ListBucketResult>`;
}

function entry(key: string, extra = ''): string {
  return `<Contents><Key>${key}</Key><LastModified>2025-01-01T00:00:00.000Z</LastModified>${extra}<Size>7</Size></Contents>`;
}

describe('a page is read alike however a store writes it', () => {
  it.each([
    ['plainly', entry(KEY)],
    ['on many lines', entry(KEY).replaceAll('><', '>\n    <')],
    [
      'with an owner and a storage class',
      entry(KEY, '<Owner><ID>1</ID></Owner><StorageClass>X</StorageClass>'),
    ],
    ['with character references', entry(KEY.replace('_', '&#95;').replace('/', '&#x2F;'))],
    ['with CDATA', entry(`<![CDATA[${KEY}]]>`)],
    ['with a comment', `<!-- hello -->${entry(KEY)}`],
    ['with attributes', entry(KEY).replace('<Contents>', '<Contents a="b">')],
    ['with whole seconds', entry(KEY).replace('.000Z', 'Z')],
  ])('%s', async (_, contents) => {
    await using server = await ListingServer.start([page(contents), page('')]);
    const { archives, unproven } = await server.store.list('shop', calm());
    expect(archives).toEqual([]);
    expect(unproven).toEqual([
      {
        database: 'shop',
        backupId: 'abc',
        createdAt: new Date('2025-01-01T00:00:00Z'),
        key: KEY,
        size: 7,
        lastModified: new Date('2025-01-01T00:00:00Z'),
      },
    ]);
    expect(server.asked[1]).toBe(KEY);
  });

  it('with letters that XML or JavaScript find special, in keys that are not ours', async () => {
    const odd = ['shop/&amp;&lt;&gt;&quot;&apos;', 'shop/ü\u{1F4BE}'].map((key) => entry(key)).join('');
    await using server = await ListingServer.start([page(odd), page('')]);
    await server.store.list('shop', calm());
    expect(server.asked[1]).toBe('shop/ü\u{1F4BE}');
  });

  it.each([
    ['lacks its size', entry(KEY).replace('<Size>7</Size>', '')],
    ['lacks its date', entry(KEY).replace(/<LastModified>.*<\/LastModified>/, '')],
    ['comes a second time', entry(KEY) + entry(KEY)],
    ['is not counted', `<KeyCount>2</KeyCount>${entry(KEY)}`],
  ])('and is refused where an entry %s', async (_, contents) => {
    await using server = await ListingServer.start([page(contents), page('')]);
    expect(await failureOf(server.store.list('shop', calm()))).toMatchObject({ code: 's3.bad_listing' });
  });
});

describe('a store that contradicts itself', () => {
  it.each([
    ['says that a page is the last, and has more', 3, 'and then showed it'],
    ['shows an empty page where it promised more', 0, 'and showed nothing'],
  ])('%s: the listing is whole, and bears the doubt', async (_, entries, doubt) => {
    await using fixture = await startStore({}, { quirks: { maxKeys: 20 } });
    for (let n = 0; n < 50; n++) fixture.s3.put(`shop/2025-01-01T00-00-${10 + n}Z_abc.tar.gz`, 1);
    fixture.s3.fail({ operation: 'ListObjectsV2', skip: 1, fault: { kind: 'short-listing', entries } });
    const listing = await fixture.store.list('shop', calm());
    expect(listing.unproven).toHaveLength(50);
    expect(listing.doubt).toContain(doubt);
  });

  it('bears none where the last page is full to the brim', async () => {
    await using fixture = await startStore({}, { quirks: { maxKeys: 25 } });
    for (let n = 0; n < 50; n++) fixture.s3.put(`shop/2025-01-01T00-00-${10 + n}Z_abc.tar.gz`, 1);
    const listing = await fixture.store.list('shop', calm());
    expect(listing.unproven).toHaveLength(50);
    expect(listing.doubt).toBeUndefined();
  });
});
