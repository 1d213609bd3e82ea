import { describe, expect, it } from 'vitest';
import { BYTES, bytesOf, ETAG, open, part, startDownloads } from './download-fixture.ts';
import { ARCHIVE, LINK, refusalOf, startFixture } from './scalingo-fixture.ts';
import { hangUp, json, type Reply, raw, ScriptedServer, silence } from './scripted-server.ts';

describe('a link', () => {
  it.each([401, 403, 404, 410])('refused with %i is replaced once', async (status) => {
    await using fixture = await startDownloads(json(status, { error: 'expired' }), raw(200, BYTES));
    const { server, api } = fixture;
    expect(await bytesOf(await open(api))).toEqual(BYTES);
    expect(server.count(LINK)).toBe(2);
    expect(server.last(ARCHIVE).url).toContain('CANARY-2');
  });

  it('refused twice is an error that another attempt may heal', async () => {
    await using fixture = await startDownloads((response, seen) =>
      json(403, { error: `${seen.url.split('=')[1]} ended` }, { 'x-request-id': 'req-403' })(response, seen),
    );
    const error = await refusalOf(open(fixture.api));
    expect(error).toMatchObject({
      code: 'scalingo.link_refused',
      status: 403,
      retryable: true,
      operation: ARCHIVE,
      requestId: 'req-403',
      message: `${ARCHIVE} was answered 403 (Forbidden): [hidden] ended`,
    });
    expect(fixture.server.count(ARCHIVE)).toBe(2);
  });

  it('of a backup that is gone says so, once it was said twice', async () => {
    await using fixture = await startDownloads(raw(200, BYTES));
    fixture.server.on(LINK, json(404, { error: 'not found' }));
    const error = await refusalOf(open(fixture.api));
    expect(error).toMatchObject({ code: 'scalingo.not_found', operation: LINK, retryable: false });
    expect(error.hint).toContain('deleted');
    expect(fixture.server.count(LINK)).toBe(2);
  });

  it('to a file of this machine is refused', async () => {
    await using fixture = await startDownloads(raw(200, BYTES));
    fixture.server.on(LINK, json(200, { download_url: 'file:///etc/passwd' }));
    expect(await refusalOf(open(fixture.api))).toMatchObject({ code: 'scalingo.invalid_payload' });
  });

  it.each<[Reply, string, number | undefined]>([
    [raw(500, 'oops'), 'scalingo.unavailable', 500],
    [raw(503, ''), 'scalingo.unavailable', 503],
    [raw(429, 'Retry later'), 'scalingo.rate_limited', 429],
    [hangUp, 'scalingo.network', undefined],
  ])('is tried once: who reads decides (%#)', async (reply, code, status) => {
    await using fixture = await startDownloads(reply);
    const error = await refusalOf(open(fixture.api));
    expect(error).toMatchObject({ code, status, retryable: true, operation: ARCHIVE });
    expect(fixture.server.count(ARCHIVE)).toBe(1);
  });

  it('makes everybody wait when it says Retry-After', async () => {
    const pauses: number[] = [];
    const limiter = {
      acquire: async () => {},
      awaitPause: async () => {},
      pause: (ms: number) => void pauses.push(ms),
    };
    await using fixture = await startFixture({ limiter });
    const { server, api } = fixture;
    server.on(LINK, json(200, { download_url: `${server.url}/file` }));
    server.on('GET /file', raw(429, 'Retry later', { 'retry-after': '9' }));
    await refusalOf(open(api));
    expect(pauses).toEqual([9000]);
  });

  it('that never answers is given up', async () => {
    await using fixture = await startFixture({ timeouts: { response: 60 } });
    const { server, api } = fixture;
    server.on(LINK, json(200, { download_url: `${server.url}/file` }));
    server.on('GET /file', silence);
    expect(await refusalOf(open(api))).toMatchObject({ code: 'scalingo.timeout', retryable: true });
  });
});

describe('a redirect', () => {
  it('is followed to another host, with nothing that is ours to keep', async () => {
    await using store = await ScriptedServer.start();
    await using fixture = await startDownloads((response) => {
      response.writeHead(302, { location: `${store.url}/object?signature=CANARY` });
      response.end();
    });
    store.on('GET /object', part('bytes 5-19/20', BYTES.subarray(5)));
    const download = await open(fixture.api, { start: 5, validator: ETAG });
    expect(await bytesOf(download)).toEqual(BYTES.subarray(5));
    const { headers } = store.last('GET /object');
    expect(headers).toMatchObject({ range: 'bytes=5-', 'if-range': ETAG, 'accept-encoding': 'identity' });
    for (const name of ['authorization', 'cookie', 'referer']) expect(headers).not.toHaveProperty(name);
  });

  it('that never ends is given up', async () => {
    await using fixture = await startDownloads((response, seen) => {
      response.writeHead(302, { location: seen.url });
      response.end();
    });
    const error = await refusalOf(open(fixture.api));
    expect(error.code).toBe('scalingo.redirected');
    expect(error.message).not.toContain('CANARY');
    expect(fixture.server.count(ARCHIVE)).toBe(6);
  });
});
