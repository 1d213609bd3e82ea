import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ScalingoError } from '../../../src/sources/scalingo/api/scalingo-error.ts';
import { BYTES, bytesOf, open, part, startDownloads } from './download-fixture.ts';
import { ARCHIVE, LINK, refusalOf, startFixture } from './scalingo-fixture.ts';
import { json, type Reply, raw } from './scripted-server.ts';

describe('the body', () => {
  const halfThenCut: Reply = (response) => {
    response.writeHead(200, { 'content-length': '20' });
    response.write(BYTES.subarray(0, 10), () => setImmediate(() => response.destroy()));
  };

  it('cut short raises an error of ours that says how far it came', async () => {
    await using fixture = await startDownloads(halfThenCut);
    const error = await refusalOf(open(fixture.api).then(bytesOf));
    expect(error).toMatchObject({
      code: 'scalingo.network',
      retryable: true,
      operation: ARCHIVE,
      status: 200,
    });
    expect(error.message).toMatch(/broke off after 10 of 20 bytes/);
    expect(error.toJSON()).toMatchObject({ receivedBytes: 10, expectedBytes: 20 });
  });

  it('in chunks and cut short raises it too', async () => {
    await using fixture = await startDownloads((response) => {
      response.writeHead(200);
      response.write(BYTES.subarray(0, 10), () => setImmediate(() => response.destroy()));
    });
    const error = await refusalOf(open(fixture.api).then(bytesOf));
    expect(error.message).toMatch(/broke off after 10 bytes/);
  });

  it('in chunks and shorter than its Content-Range raises it too', async () => {
    await using fixture = await startDownloads((response) => {
      response.writeHead(206, { 'content-range': 'bytes 2-16/20' });
      response.write(BYTES.subarray(0, 1));
      response.end(BYTES.subarray(1, 10));
    });
    const error = await refusalOf(open(fixture.api, { start: 2 }).then(bytesOf));
    expect(error.message).toContain('10 of 15 bytes');
  });

  it('longer than its Content-Range is not read to its end', async () => {
    await using fixture = await startDownloads((response) => {
      response.writeHead(206, { 'content-range': 'bytes 2-16/20' });
      response.write(BYTES.subarray(0, 18));
    });
    const error = await refusalOf(open(fixture.api, { start: 2 }).then(bytesOf));
    expect(error.message).toContain('18 of 15 bytes');
  });

  it('that breaks before anybody reads it tells whoever reads it later', async () => {
    await using fixture = await startDownloads(halfThenCut);
    const download = await open(fixture.api);
    await expect.poll(() => fixture.server.last(ARCHIVE).isOpen()).toBe(false);
    expect(await refusalOf(bytesOf(download))).toMatchObject({ code: 'scalingo.network' });
  });

  /** Sends as long as it is taken. */
  const endless: Reply = (response) => {
    const block = Buffer.alloc(256 * 1024);
    response.writeHead(200, { 'content-length': String(2 ** 40) });
    const more = () => {
      while (!response.destroyed && response.write(block));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  };

  it('ends with the reason of the signal, and its connection with it', async () => {
    await using fixture = await startDownloads(endless);
    const controller = new AbortController();
    const download = await open(fixture.api, { start: 0 }, controller.signal);
    let seen = 0;
    const reading = (async () => {
      for await (const chunk of download.body) {
        seen += chunk.length;
        if (seen > 1e6) controller.abort(new Error('shutting down'));
      }
    })();
    await expect(reading).rejects.toThrow('shutting down');
    await expect.poll(() => fixture.server.last(ARCHIVE).isOpen()).toBe(false);
  });

  it('ends with the signal when nobody reads it at the moment', async () => {
    await using fixture = await startDownloads(endless);
    const controller = new AbortController();
    const download = await open(fixture.api, { start: 0 }, controller.signal);
    controller.abort(new Error('shutting down'));
    await expect(bytesOf(download)).rejects.toThrow('shutting down');
    await expect.poll(() => fixture.server.last(ARCHIVE).isOpen()).toBe(false);
  });

  it('destroyed closes its connection', async () => {
    await using fixture = await startDownloads(endless);
    const { body } = await open(fixture.api);
    body.destroy();
    await expect.poll(() => fixture.server.last(ARCHIVE).isOpen()).toBe(false);
  });

  it('is not read ahead of its reader', async () => {
    let sent = 0;
    await using fixture = await startDownloads((response) => {
      const block = Buffer.alloc(256 * 1024);
      response.writeHead(200, { 'content-length': String(2 ** 40) });
      const more = () => {
        while (!response.destroyed && response.write(block)) sent += block.length;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const { body } = await open(fixture.api);
    // One chunk is taken; the socket buffers of both ends fill up, and then nothing moves.
    const reader = body[Symbol.asyncIterator]();
    await reader.next();
    let before = -1;
    await expect
      .poll(
        () => {
          const still = sent === before;
          before = sent;
          return still;
        },
        { interval: 100 },
      )
      .toBe(true);
    expect(sent).toBeLessThan(64 * 2 ** 20);
    body.destroy();
  });

  it('may stand still for longer than any time limit: its reader watches it', async () => {
    const limits = { lookup: 50, connect: 50, secureConnect: 50, response: 50, request: 50 };
    await using fixture = await startFixture({ timeouts: limits });
    const { server, api } = fixture;
    server.on(LINK, json(200, { download_url: `${server.url}/file` }));
    const { promise: goOn, resolve } = Promise.withResolvers<void>();
    server.on('GET /file', (response) => {
      response.writeHead(200, { 'content-length': '20' });
      response.write(BYTES.subarray(0, 10));
      void goOn.then(() => response.end(BYTES.subarray(10)));
    });
    const download = await open(api);
    const reading = bytesOf(download);
    // Real time must pass here: the limits under test run by the real clock.
    await new Promise((wake) => setTimeout(wake, 300));
    resolve();
    expect(await reading).toEqual(BYTES);
  });

  it('leaves no listener on the signal once it has ended', async () => {
    await using fixture = await startDownloads(
      raw(200, BYTES),
      halfThenCut,
      raw(500, ''),
      part('bytes 1-2/20', BYTES),
    );
    const { signal } = new AbortController();
    for (let index = 0; index < 4; index += 1) {
      await open(fixture.api, { start: 0 }, signal)
        .then(bytesOf)
        .catch((error: unknown) => {
          expect(error).toBeInstanceOf(ScalingoError);
        });
    }
    await expect.poll(() => getEventListeners(signal, 'abort')).toEqual([]);
  });
});
