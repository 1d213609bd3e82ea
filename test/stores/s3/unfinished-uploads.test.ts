import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { clientFor } from '../../sandbox/s3-client.ts';
import { raw, ScriptedServer } from '../../sources/scalingo/scripted-server.ts';
import {
  ARCHIVE,
  BUCKET,
  breaking,
  bytesOf,
  calm,
  failureOf,
  KEY,
  MiB,
  rejectionOf,
  type StoreFixture,
  startStore,
} from './store-fixture.ts';

/** Begins uploads at these keys, as a run that was killed leaves them. */
async function begin(fixture: StoreFixture, keys: readonly string[]): Promise<string[]> {
  const client = clientFor(fixture.s3);
  const ids: string[] = [];
  for (const Key of keys) {
    const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key }));
    await client.send(
      new UploadPartCommand({ Bucket: BUCKET, Key, UploadId, PartNumber: 1, Body: bytesOf(10) }),
    );
    ids.push(UploadId);
  }
  client.destroy();
  return ids;
}

function keyOf(day: number): string {
  return `shop/2026-01-${String(day).padStart(2, '0')}T03-00-00Z_${String(day).padStart(24, 'a')}.tar.gz`;
}

describe('unfinished uploads', () => {
  it('are found over all pages, several of one key too', async () => {
    await using fixture = await startStore({}, { quirks: { maxKeys: 2 } });
    const keys = [1, 2, 2, 2, 3, 4].map(keyOf);
    const ids = await begin(fixture, keys);
    const found = await fixture.store.listUploads('shop', calm());
    expect(found.map(({ uploadId }) => uploadId).sort()).toEqual([...ids].sort());
    expect(found[0]).toMatchObject({ database: 'shop', key: keyOf(1), initiatedAt: expect.any(Date) });
  });

  it('are only ours: below the prefix, of this database, with a name that parses', async () => {
    await using fixture = await startStore({ prefix: 'p/' });
    await begin(fixture, [
      `p/${keyOf(1)}`,
      keyOf(2),
      `q/${keyOf(3)}`,
      `p/${keyOf(4).replace('shop/', 'shop-2/')}`,
      'p/shop/holiday.mov',
      `p/shop/x/${keyOf(5)}`,
      `p/${keyOf(6).replace('.tar.gz', '.manifest.json')}`,
    ]);
    const found = await fixture.store.listUploads('shop', calm());
    expect(found.map(({ key }) => key)).toEqual([`p/${keyOf(1)}`]);
  });

  it.each([1, 2])('are not guessed at when page %i fails', async (page) => {
    await using fixture = await startStore({}, { quirks: { maxKeys: 2 } });
    await begin(fixture, [1, 2, 3, 4].map(keyOf));
    fixture.s3.fail({
      operation: 'ListMultipartUploads',
      skip: page - 1,
      fault: { kind: 'error', code: 'AccessDenied' },
    });
    expect(await failureOf(fixture.store.listUploads('shop', calm()))).toMatchObject({
      code: 's3.forbidden',
      hint: expect.stringContaining('s3:ListBucketMultipartUploads'),
    });
  });

  it('include those of a creation whose response was lost, so that the next run can abort them', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation: 'CreateMultipartUpload', fault: { kind: 'lose-answer' } });
    await rejectionOf(fixture.upload(breaking(bytesOf(11 * MiB), new Error('the source broke'))));
    for (const upload of await fixture.store.listUploads('shop', calm())) {
      expect(upload.key).toBe(KEY);
      await fixture.store.abortUpload(upload, calm());
    }
    expect(fixture.s3.uploads()).toEqual([]);
  });
});

const LATE = { ...ARCHIVE, key: KEY, uploadId: 'u1', initiatedAt: new Date(0) };
const LATE_PATH = `/${BUCKET}/${KEY}`;

/** A store that says yes to an abort and still shows a part, `times` times: one was on its way. */
async function lateParts(times: number): Promise<ScriptedServer> {
  let left = times;
  const server = await ScriptedServer.start();
  server.on(`DELETE ${LATE_PATH}`, raw(204, ''));
  server.on(`GET ${LATE_PATH}`, (response, seen) => {
    left -= 1;
    const part = '<Part><PartNumber>1</PartNumber><ETag>"e"</ETag><Size>5</Size></Part>';
    const xml =
      left >= 0
        ? `<ListPartsResult><IsTruncated>false</IsTruncated>${part}</ListPartsResult>`
        : '<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>';
    raw(left >= 0 ? 200 : 404, xml, { 'content-type': 'application/xml' })(response, seen);
  });
  return server;
}

describe('aborting an upload', () => {
  async function oneUpload(fixture: StoreFixture) {
    const [uploadId = ''] = await begin(fixture, [KEY]);
    return { ...ARCHIVE, key: KEY, uploadId, initiatedAt: new Date() };
  }

  it('removes it with its parts', async () => {
    await using fixture = await startStore();
    await fixture.store.abortUpload(await oneUpload(fixture), calm());
    expect(fixture.s3.uploads()).toEqual([]);
  });

  it('that is gone already is done', async () => {
    await using fixture = await startStore();
    const upload = await oneUpload(fixture);
    await fixture.store.abortUpload(upload, calm());
    await fixture.store.abortUpload(upload, calm());
  });

  it('whose response is lost is done', async () => {
    await using fixture = await startStore();
    const upload = await oneUpload(fixture);
    fixture.s3.fail({ operation: 'AbortMultipartUpload', fault: { kind: 'lose-answer' } });
    await fixture.store.abortUpload(upload, calm());
    expect(fixture.s3.uploads()).toEqual([]);
  });

  it.each([1, 2])('is repeated while parts still land (%i)', async (times) => {
    await using server = await lateParts(times);
    await using fixture = await startStore({ endpoint: server.url });
    await fixture.store.abortUpload(LATE, calm());
    expect(server.count(`DELETE ${LATE_PATH}`)).toBe(times + 1);
  });

  it('that never takes says so, with the second net', async () => {
    await using server = await lateParts(Number.POSITIVE_INFINITY);
    await using fixture = await startStore({ endpoint: server.url });
    expect(await failureOf(fixture.store.abortUpload(LATE, calm()))).toMatchObject({
      code: 's3.abort_failed',
      hint: expect.stringContaining('lifecycle'),
    });
  });

  it('that is refused is an error', async () => {
    await using fixture = await startStore();
    const upload = await oneUpload(fixture);
    fixture.s3.fail({ operation: 'AbortMultipartUpload', fault: { kind: 'error', code: 'AccessDenied' } });
    expect((await failureOf(fixture.store.abortUpload(upload, calm()))).code).toBe('s3.forbidden');
  });
});
