import { describe, expect, it } from 'vitest';
import { raw, ScriptedServer } from '../../sources/scalingo/scripted-server.ts';
import { BUCKET, calm, failureOf, startStore } from './store-fixture.ts';

const A = 'shop/2026-01-01T03-00-00Z_a.tar.gz';
const B = 'shop/2026-01-02T03-00-00Z_b.tar.gz';
const UPLOADS = 'ListMultipartUploadsResult';

/** A page of ListObjectsV2 that says whatever it is told to. */
function page(keys: readonly string[], more: { count?: number; truncated?: boolean } = {}): string {
  const entries = keys.map(
    (key) =>
      `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>1</Size></Contents>`,
  );
  const count = `<KeyCount>${more.count ?? keys.length}</KeyCount>`;
  const truncated = `<IsTruncated>${more.truncated ?? false}</IsTruncated>`;
  return `<ListBucketResult>${count}${truncated}${entries.join('')}</ListBucketResult>`;
}

describe('a listing of objects', () => {
  it.each([
    ['has its keys out of order', [page([B, A])], 'ascending order'],
    [
      'keeps to the order of bytes first and of folders then',
      [page(['a-b/1', 'a/1', 'c/1', 'c-d/1'])],
      'ascending order',
    ],
    ['has a key twice', [page([A, A])], 'ascending order'],
    ['begins again on the second page', [page([A, B], { truncated: true }), page([A, B])], 'ascending order'],
    ['counts more keys than it holds', [page([A], { count: 2 })], 'counts 2 keys and holds 1'],
    ['is empty and says that more follow', [page([], { truncated: true })], 'empty page'],
    [
      'has an entry without a size',
      [
        '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>x</Key></Contents></ListBucketResult>',
      ],
      'no key, size or date',
    ],
    ['is a web page', ['<html><body>Welcome</body></html>'], ''],
    ['is cut in the middle of its XML', [page([A, B]).slice(0, -40)], ''],
  ])('that %s is refused', async (_, pages, why) => {
    await using server = await ScriptedServer.start();
    const xml = { 'content-type': 'application/xml' };
    server.on(`GET /${BUCKET}/`, ...pages.map((text) => raw(200, text, xml)));
    server.on(`GET /${BUCKET}`, ...pages.map((text) => raw(200, text, xml)));
    await using fixture = await startStore({ endpoint: server.url });
    const error = await failureOf(fixture.store.list('shop', calm()));
    expect(error.code).toMatch(/^s3\./);
    expect(error.message).toContain(why);
    expect(error.message).toContain('ListObjectsV2 archives/shop/');
  });
});

describe('a listing of objects in one order', () => {
  it.each([
    ['by bytes', ['.locks/shop.json', '.locks/shop/retention.json', 'shop-eu/x', 'shop/x', 'shop0/x']],
    [
      'folder by folder',
      ['.locks/shop/retention.json', '.locks/shop.json', 'shop/x', 'shop-eu/x', 'shop0/x'],
    ],
  ])('is taken: %s', async (_, keys) => {
    await using server = await ScriptedServer.start();
    const pages = [page(keys.slice(0, 3), { truncated: true }), page(keys.slice(3)), page([])];
    server.on(
      `GET /${BUCKET}/`,
      ...pages.map((text) => raw(200, text, { 'content-type': 'application/xml' })),
    );
    await using fixture = await startStore({ endpoint: server.url });
    expect(await fixture.store.list(undefined, calm())).toMatchObject({ archives: [] });
    expect(server.seen).toHaveLength(3);
  });
});

describe('a listing of uploads', () => {
  it.each([
    ['does not say where the next page begins', ''],
    ['says the same twice', `<NextKeyMarker>${A}</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>`],
  ])('that %s is refused, and does not go round for ever', async (_, next) => {
    await using server = await ScriptedServer.start();
    const text = `<${UPLOADS}><IsTruncated>true</IsTruncated>${next}</${UPLOADS}>`;
    server.on(`GET /${BUCKET}/`, raw(200, text, { 'content-type': 'application/xml' }));
    server.on(`GET /${BUCKET}`, raw(200, text, { 'content-type': 'application/xml' }));
    await using fixture = await startStore({ endpoint: server.url });
    expect((await failureOf(fixture.store.listUploads('shop', calm()))).code).toBe('s3.bad_listing');
    expect(server.seen.length).toBeLessThanOrEqual(2);
  });
});
