import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../support/fake-clock.ts';
import { calm, DONE_BACKUP, LIST, refusalOf, startFixture } from './scalingo-fixture.ts';
import { hangUp, json, raw, silence } from './scripted-server.ts';

const GOOD = json(200, { database_backups: [DONE_BACKUP] });

describe('a time limit', () => {
  const attempts = 2;

  it('ends the wait for a response', async () => {
    await using fixture = await startFixture({ timeouts: { response: 60 }, attempts });
    const { server, api } = fixture;
    server.on(LIST, silence);
    const error = await refusalOf(api.list(calm()));
    expect(error).toMatchObject({ code: 'scalingo.timeout', retryable: true });
    expect(error.message).toContain('after 60 ms, waiting for a response');
    expect(server.count(LIST)).toBe(2);
  });

  it('ends the wait for a body that stands still', async () => {
    await using fixture = await startFixture({ timeouts: { request: 80 }, attempts });
    const { server, api } = fixture;
    server.on(LIST, (response) => {
      response.writeHead(200);
      response.write('{');
    });
    const error = await refusalOf(api.list(calm()));
    expect(error).toMatchObject({ code: 'scalingo.timeout', status: 200 });
    expect(error.message).toContain('waiting for the whole response');
  });

  it('ends the wait for the body of an error, and keeps its status', async () => {
    await using fixture = await startFixture({ timeouts: { request: 80 }, attempts });
    const { server, api } = fixture;
    server.on(LIST, (response) => {
      response.writeHead(403);
      response.write('{"error":"lim');
    });
    expect(await refusalOf(api.list(calm()))).toMatchObject({ code: 'scalingo.forbidden', status: 403 });
  });
});

describe('an abort', () => {
  it('ends a request in flight at once, with the reason', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    await api.list(calm());
    const controller = new AbortController();
    server.on(LIST, () => controller.abort(new Error('shutting down')));
    await expect(api.list(controller.signal)).rejects.toThrow('shutting down');
    await expect.poll(() => server.open).toBe(0);
  });

  it('ends the reading of a body', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    const controller = new AbortController();
    server.on(LIST, (response) => {
      response.writeHead(200);
      response.write('{', () => setImmediate(() => controller.abort(new Error('shutting down'))));
    });
    await expect(api.list(controller.signal)).rejects.toThrow('shutting down');
  });

  it('ends a wait between two tries', async () => {
    const clock = new FakeClock();
    await using fixture = await startFixture({ clock });
    const { server, api } = fixture;
    const controller = new AbortController();
    server.on(LIST, raw(503, ''));
    const listing = expect(api.list(controller.signal)).rejects.toThrow('shutting down');
    await expect.poll(() => clock.sleeping).toBe(1);
    controller.abort(new Error('shutting down'));
    await listing;
    expect(server.count(LIST)).toBe(1);
    expect(clock.sleeping).toBe(0);
  });

  it('that came before sends nothing', async () => {
    await using fixture = await startFixture();
    await expect(fixture.api.list(AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
    expect(fixture.server.seen).toEqual([]);
  });

  it('signal carries no listener after the calls it was lent to', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    const { signal } = new AbortController();
    server.on(LIST, raw(500, ''), hangUp, json(401, { error: 'x' }), GOOD);
    for (let index = 0; index < 20; index += 1) await api.list(signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
