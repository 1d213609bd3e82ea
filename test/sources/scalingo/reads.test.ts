import { describe, expect, it } from 'vitest';
import { createLimiter } from '../../../src/concurrency/rate-limiter.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { calm, DONE_BACKUP, LIST, refusalOf, startFixture } from './scalingo-fixture.ts';
import { hangUp, json, type Reply, raw, truncated } from './scripted-server.ts';

const GOOD = json(200, { database_backups: [DONE_BACKUP] });

describe('a read', () => {
  it.each<[string, Reply, string]>([
    ['a cut connection', hangUp, 'scalingo.network'],
    ['a response cut short', truncated('{"database_backups": ['), 'scalingo.network'],
    ['truncated JSON', raw(200, '{"database_backups": ['), 'scalingo.invalid_payload'],
    ['an HTML page with 200', raw(200, '<html>maintenance</html>'), 'scalingo.invalid_payload'],
    ['an empty body', raw(200, ''), 'scalingo.invalid_payload'],
    ['408', raw(408, ''), 'scalingo.timeout'],
    ['429 in plain text', raw(429, 'Retry later'), 'scalingo.rate_limited'],
    ['429 in JSON', json(429, { error: 'Retry later' }), 'scalingo.rate_limited'],
    ['500', json(500, { error: 'oops' }), 'scalingo.unavailable'],
    ['502 in HTML', raw(502, '<html></html>'), 'scalingo.unavailable'],
    ['503', raw(503, ''), 'scalingo.unavailable'],
    [
      'a 500 cut short',
      (response) => {
        response.writeHead(500, { 'content-length': '100' });
        response.write('{"err', () => response.destroy());
      },
      'scalingo.unavailable',
    ],
  ])('is repeated after %s, and gives up in the end', async (_name, reply, code) => {
    await using fixture = await startFixture();
    const { server, api, log } = fixture;
    server.on(LIST, reply, reply, GOOD);
    expect(await api.list(calm())).toHaveLength(1);
    expect(server.count(LIST)).toBe(3);
    const retries = log.named('scalingo.retried');
    expect(retries.map(({ operation, attempt }) => [operation, attempt])).toEqual([
      [LIST, 1],
      [LIST, 2],
    ]);
    server.on(LIST, reply);
    const error = await refusalOf(api.list(calm()));
    expect(error).toMatchObject({ code, operation: LIST, retryable: true });
    expect(server.count(LIST)).toBe(3 + 6);
  });

  it.each([302, 400, 402, 403, 404, 409, 410, 422])(
    'takes %i for a verdict when it is given twice',
    async (status) => {
      await using fixture = await startFixture();
      const { server, api, clock } = fixture;
      const no = json(status, { error: 'no' });
      server.on(LIST, no, GOOD);
      expect(await api.list(calm())).toHaveLength(1);
      expect(clock.sleeps).toEqual([1500]);
      server.on(LIST, no);
      expect(await refusalOf(api.list(calm()))).toMatchObject({ status, retryable: false });
      expect(server.count(LIST)).toBe(2 + 2);
    },
  );

  it('is not repeated where the token is refused again, fresh as it is', async () => {
    await using fixture = await startFixture();
    fixture.server.on(LIST, json(401, { error: 'no' }));
    expect(await refusalOf(fixture.api.list(calm()))).toMatchObject({ status: 401 });
    expect(fixture.server.count(LIST)).toBe(2);
  });

  it('survives one entry that makes no sense', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    const odd = json(200, { database_backups: [{ error: 'fail to get it' }] });
    server.on(LIST, odd, GOOD);
    expect(await api.list(calm())).toHaveLength(1);
    server.on(LIST, odd);
    expect(await refusalOf(api.list(calm()))).toMatchObject({ code: 'scalingo.invalid_payload' });
    expect(server.count(LIST)).toBe(2 + 2);
  });

  it('waits with full jitter, longer each time', async () => {
    await using fixture = await startFixture({ random: () => 0.999 });
    const { server, api, clock } = fixture;
    server.on(LIST, raw(500, ''));
    await refusalOf(api.list(calm()));
    expect(clock.sleeps).toEqual([999, 1998, 3996, 7992, 15984]);
  });

  it('waits out a minute of rate limit that names no time', async () => {
    await using fixture = await startFixture();
    const { server, api, clock } = fixture;
    server.on(LIST, raw(429, 'Retry later'));
    await refusalOf(api.list(calm()));
    expect(clock.sleeps.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(60_000);
  });

  it('never answers a 429 at once, whatever the dice say', async () => {
    await using fixture = await startFixture({ random: () => 0 });
    const { server, api, clock } = fixture;
    server.on(LIST, raw(429, 'Retry later'), GOOD);
    await api.list(calm());
    expect(clock.sleeps).toEqual([1000]);
  });

  it.each([
    ['in seconds', { 'retry-after': '42' }, 42_000],
    [
      'as a date',
      { date: 'Thu, 01 Jan 2026 00:00:00 GMT', 'retry-after': 'Thu, 01 Jan 2026 00:00:42 GMT' },
      42_000,
    ],
    ['beyond measure', { 'retry-after': '86400' }, 300_000],
  ])('honours Retry-After %s', async (_name, headers, ms) => {
    await using fixture = await startFixture({ random: () => 0 });
    const { server, api, clock } = fixture;
    server.on(LIST, raw(503, '', headers), GOOD);
    await api.list(calm());
    expect(clock.sleeps).toEqual([ms]);
  });

  it('makes everybody wait for its Retry-After', async () => {
    const clock = new FakeClock();
    const limiter = createLimiter({ clock, perMinute: 6e6, burst: 100 });
    await using fixture = await startFixture({ clock, limiter });
    const { server, api } = fixture;
    await api.list(calm());
    server.on(LIST, raw(429, 'Retry later', { 'retry-after': '30' }), GOOD);
    const first = api.list(calm());
    await expect.poll(() => clock.sleeping).toBe(1);
    const second = api.list(calm());
    await clock.advance(29_999);
    expect(server.count(LIST)).toBe(2);
    await clock.advance(5000);
    await Promise.all([first, second]);
    expect(server.count(LIST)).toBe(4);
  });

  it('is counted by the limiter, tries and tokens included', async () => {
    let turns = 0;
    const limiter = {
      awaitPause: async () => {},
      acquire: async () => {
        turns += 1;
      },
      pause: () => {},
    };
    await using fixture = await startFixture({ limiter });
    fixture.server.on(LIST, raw(500, ''), GOOD);
    await fixture.api.list(calm());
    expect(turns).toBe(fixture.server.seen.length);
    expect(turns).toBe(4);
  });

  it('refuses a body without end', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    const block = Buffer.alloc(1024 * 1024, ' ');
    server.on(LIST, (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => {
        while (!response.destroyed && response.write(block));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const error = await refusalOf(api.list(calm()));
    expect(error.message).toContain('more than 16777216 bytes');
    expect(server.count(LIST)).toBe(2);
    await expect.poll(() => server.last(LIST).isOpen()).toBe(false);
  });
});

describe('the log', () => {
  it('has a line a request, with what support asks for', async () => {
    await using fixture = await startFixture();
    const { server, api, log } = fixture;
    server.on(LIST, raw(500, '', { 'x-request-id': 'req-bad' }), GOOD);
    await api.list(calm());
    const lines = log.named('scalingo.request').filter(({ operation }) => operation === LIST);
    expect(lines).toEqual([
      {
        operation: LIST,
        attempt: 1,
        durationMs: 0,
        status: 500,
        requestId: 'req-bad',
        code: 'scalingo.unavailable',
      },
      { operation: LIST, attempt: 2, durationMs: 0, status: 200, requestId: 'req-1' },
    ]);
    expect(log.named('scalingo.retried')).toMatchObject([
      { operation: LIST, attempt: 1, delayMs: 500, error: { code: 'scalingo.unavailable' } },
    ]);
  });
});
