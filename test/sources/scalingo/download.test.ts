import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BYTES, bytesOf, ETAG, open, part, startDownloads } from './download-fixture.ts';
import { ARCHIVE, calm, refusalOf } from './scalingo-fixture.ts';
import { type Reply, raw } from './scripted-server.ts';

describe('a download', () => {
  it('opens a fresh link, with no bearer and nothing compressed', async () => {
    await using fixture = await startDownloads(raw(200, BYTES, { 'content-length': '20', etag: ETAG }));
    const { server, api } = fixture;
    const download = await open(api);
    const { body: _body, ...facts } = download;
    expect(facts).toEqual({
      start: 0,
      partial: false,
      length: 20,
      totalSize: 20,
      framed: true,
      validator: ETAG,
      contentTag: ETAG,
    });
    expect(await bytesOf(download)).toEqual(BYTES);
    const { headers, url } = server.last(ARCHIVE);
    expect(url).toContain('?token=CANARY-1');
    expect(headers).toMatchObject({ 'accept-encoding': 'identity', 'user-agent': 'backup-archiver/1.2.3' });
    for (const name of ['authorization', 'cookie', 'referer', 'range', 'if-range']) {
      expect(headers).not.toHaveProperty(name);
    }
    await bytesOf(await open(api));
    expect(server.last(ARCHIVE).url).toContain('?token=CANARY-2');
  });

  it('is left as it was sent, whatever its content-encoding', async () => {
    const zipped = gzipSync(BYTES);
    await using fixture = await startDownloads(raw(200, zipped, { 'content-encoding': 'gzip' }));
    expect(await bytesOf(await open(fixture.api))).toEqual(zipped);
  });

  it('without a length says so, and whether its end can be told', async () => {
    const unframed: Reply = (response) => {
      response.useChunkedEncodingByDefault = false;
      response.removeHeader('transfer-encoding');
      response.writeHead(200, { connection: 'close' });
      response.end(BYTES);
    };
    const chunked: Reply = (response) => {
      response.writeHead(200);
      response.write(BYTES);
      response.end();
    };
    await using fixture = await startDownloads(chunked, unframed);
    const first = await open(fixture.api);
    expect(first).toMatchObject({ length: null, totalSize: null, framed: true, validator: null });
    expect(await bytesOf(first)).toEqual(BYTES);
    const second = await open(fixture.api);
    expect(second).toMatchObject({ length: null, totalSize: null, framed: false });
    expect(await bytesOf(second)).toEqual(BYTES);
  });

  it('refuses ids and ranges that are none', async () => {
    await using fixture = await startDownloads(raw(200, BYTES));
    const { api, server } = fixture;
    await expect(api.open('../x', { start: 0 }, calm())).rejects.toThrow('no id of a backup');
    for (const range of [{ start: -1 }, { start: 1.5 }, { start: 5, end: 4 }, { start: Number.NaN }]) {
      await expect(open(api, range)).rejects.toThrow('are no range');
    }
    expect(server.seen).toEqual([]);
  });
});

describe('a range', () => {
  it('is asked for with its validator, and honoured', async () => {
    await using fixture = await startDownloads(part('bytes 5-19/20', BYTES.subarray(5)));
    const download = await open(fixture.api, { start: 5, validator: ETAG });
    expect(download).toMatchObject({ start: 5, partial: true, length: 15, totalSize: 20, validator: ETAG });
    expect(await bytesOf(download)).toEqual(BYTES.subarray(5));
    expect(fixture.server.last(ARCHIVE).headers).toMatchObject({ range: 'bytes=5-', 'if-range': ETAG });
  });

  it('may have an end, and may begin at 0 then', async () => {
    await using fixture = await startDownloads(part('bytes 0-4/*', BYTES.subarray(0, 5)));
    const download = await open(fixture.api, { start: 0, end: 4 });
    expect(download).toMatchObject({ start: 0, partial: true, length: 5, totalSize: null });
    expect(fixture.server.last(ARCHIVE).headers.range).toBe('bytes=0-4');
    expect(fixture.server.last(ARCHIVE).headers).not.toHaveProperty('if-range');
  });

  it('from 0 to the end is no range, validator or not', async () => {
    await using fixture = await startDownloads(raw(200, BYTES));
    await open(fixture.api, { start: 0, validator: ETAG });
    expect(fixture.server.last(ARCHIVE).headers).not.toHaveProperty('range');
    expect(fixture.server.last(ARCHIVE).headers).not.toHaveProperty('if-range');
  });

  it('that the server ignores gives the whole', async () => {
    await using fixture = await startDownloads(raw(200, BYTES, { 'content-length': '20' }));
    const download = await open(fixture.api, { start: 5, validator: '"old"' });
    expect(download).toMatchObject({ start: 0, partial: false, length: 20, totalSize: 20 });
    expect(await bytesOf(download)).toEqual(BYTES);
  });

  it('may be answered by less than was asked', async () => {
    await using fixture = await startDownloads(part('bytes 5-9/20', BYTES.subarray(5, 10)));
    expect(await open(fixture.api, { start: 5 })).toMatchObject({ start: 5, length: 5, totalSize: 20 });
  });

  it.each<[string, Reply, string]>([
    ['another start', part('bytes 4-19/20', BYTES.subarray(4)), 'begins at byte 4 instead of 5'],
    ['an end beyond', part('bytes 5-19/20', BYTES.subarray(5)), 'ends at byte 19 instead of 9'],
    ['no Content-Range', raw(206, BYTES), 'missing or makes no sense'],
    ['another unit', part('items 5-9/20', BYTES), 'missing or makes no sense'],
    ['an end before the start', part('bytes 5-3/20', BYTES), 'missing or makes no sense'],
    ['a total too small', part('bytes 5-9/8', BYTES), 'missing or makes no sense'],
    [
      'a length of its own',
      part('bytes 5-9/20', BYTES, { 'content-length': '20' }),
      'Content-Length is 20, its Content-Range has 5 bytes',
    ],
    [
      'several parts',
      raw(206, '--x', { 'content-type': 'multipart/byteranges; boundary=x' }),
      'makes no sense',
    ],
  ])('answered with %s is refused', async (_name, reply, text) => {
    await using fixture = await startDownloads(reply);
    const error = await refusalOf(open(fixture.api, { start: 5, end: 9 }));
    expect(error).toMatchObject({ code: 'scalingo.range_refused', status: 206, operation: ARCHIVE });
    expect(error.message).toContain(text);
    expect(fixture.server.count(ARCHIVE)).toBe(1);
    await expect.poll(() => fixture.server.last(ARCHIVE).isOpen()).toBe(false);
  });

  it('that nobody asked for is refused', async () => {
    await using fixture = await startDownloads(part('bytes 0-4/20', BYTES.subarray(0, 5)));
    const error = await refusalOf(open(fixture.api));
    expect(error.message).toContain('a part came although the whole was asked for');
  });

  it('beyond the end is refused, with the total', async () => {
    await using fixture = await startDownloads(raw(416, '', { 'content-range': 'bytes */20' }));
    const error = await refusalOf(open(fixture.api, { start: 50 }));
    expect(error.toJSON()).toMatchObject({ code: 'scalingo.range_refused', status: 416, totalSize: 20 });
  });
});
