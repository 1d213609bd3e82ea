import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Notifier } from '../../../src/observability/notify/notifier.ts';
import type { ReportedDatabase, RunReport } from '../../../src/observability/notify/run-report.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import { hangUp, type Reply, raw, ScriptedServer, silence } from '../../sources/scalingo/scripted-server.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { memoryLog } from '../../support/memory-log.ts';

const SECRET = 'c4nary-0123456789abcdef';
const START = { runId: 'run-1', trigger: 'run', databases: ['shop'] };
const ok = raw(200, 'OK');

/** Short waits are over at once; a bound is never reached. */
const hasty: Clock = {
  now: () => 0,
  elapsed: () => 0,
  sleep: (ms, signal) =>
    ms < 5_000
      ? Promise.resolve()
      : new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
};

function report(...outcomes: [name: string, status: ReportedDatabase['status']][]): RunReport {
  return {
    ...START,
    databases: outcomes.map(([name]) => name),
    startedAt: 0,
    finishedAt: 1000,
    outcomes: outcomes.map(([name, status]) => ({
      name,
      status,
      archives: [],
      ...(status === 'failed'
        ? { error: { code: 's3.failed', message: `hush ${name}`, hint: undefined } }
        : {}),
    })),
  };
}

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

function open({
  ping = true,
  webhook = true,
  clock = hasty,
  base = server.url,
}: {
  ping?: boolean;
  webhook?: boolean;
  clock?: Clock;
  base?: string;
} = {}) {
  const { log, events } = memoryLog();
  const stop = new AbortController();
  const notifier = new Notifier({
    pingUrl: ping ? `${base}/ping/${SECRET}` : undefined,
    webhookUrl: webhook ? `${base}/hook/${SECRET}` : undefined,
    version: '1.2.3',
    clock,
    random: () => 0,
    log,
    scrub: (text) => text.replaceAll('hush', '[redacted]'),
    stopping: stop.signal,
  });
  const failures = () =>
    events
      .filter(({ event }) => event === 'notify.failed')
      .map(({ fields, message }) => `${fields.target} ${fields.notification}: ${message}`)
      .sort();
  const expectNoUrl = () => expect(JSON.stringify(events)).not.toMatch(/c4nary|127\.0\.0\.1|localhost/);
  return { notifier, events, failures, expectNoUrl, stop };
}

const PING = `POST /ping/${SECRET}`;
const HOOK = `POST /hook/${SECRET}`;
const operations = () => server.seen.map(({ operation }) => operation.replace(SECRET, '…'));

function allAnswer(...replies: Reply[]): void {
  for (const operation of [PING, `${PING}/start`, `${PING}/fail`, HOOK]) server.on(operation, ...replies);
}

describe('what is told', () => {
  test('a run that succeeds: start, then success, with the summary; and the webhook', async () => {
    allAnswer(ok);
    const { notifier, failures } = open();
    notifier.started(START).ended(report(['shop', 'archived']));
    await notifier.settled();
    expect(failures()).toEqual([]);
    expect(operations().filter((operation) => operation.startsWith('POST /ping'))).toEqual([
      'POST /ping/…/start',
      'POST /ping/…',
    ]);
    expect(server.last(`${PING}/start`).body).toBe('backup-archiver 1.2.3: started: shop\nrun run-1 (run)\n');
    const success = server.last(PING);
    expect(success.body).toBe(
      'backup-archiver 1.2.3: 1 archived, 0 skipped, 0 failed in 1.0 s\nshop: archived, 0 B\nrun run-1 (run)\n',
    );
    expect(success.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'user-agent': 'backup-archiver/1.2.3',
    });
    const hook = server.last(HOOK);
    expect(hook.headers['content-type']).toBe('application/json');
    expect(JSON.parse(hook.body)).toMatchObject({
      version: 1,
      event: 'run.completed',
      runId: 'run-1',
      databases: [{ name: 'shop', status: 'archived', error: null }],
    });
    expect(server.count(HOOK)).toBe(1);
  });

  test('a run that fails, with what failed, less its secrets', async () => {
    allAnswer(ok);
    const { notifier } = open();
    notifier.started(START).ended(report(['shop', 'archived'], ['crm', 'failed']));
    await notifier.settled();
    expect(server.count(PING)).toBe(0);
    expect(server.last(`${PING}/fail`).body).toContain('crm: failed: s3.failed: [redacted] crm\n');
    expect(JSON.parse(server.last(HOOK).body)).toMatchObject({
      event: 'run.failed',
      failed: 1,
      databases: [{}, { error: { code: 's3.failed', message: '[redacted] crm', hint: null } }],
    });
    expect(server.seen.map(({ body }) => body).join()).not.toContain('hush');
  });

  test('a run that was cut short is neither a success nor a failure', async () => {
    allAnswer(ok);
    const { notifier } = open();
    notifier.started(START).ended(report(['shop', 'interrupted'], ['crm', 'archived']));
    await notifier.settled();
    expect(server.count(PING)).toBe(0);
    expect(server.count(`${PING}/fail`)).toBe(0);
    const body = JSON.parse(server.last(HOOK).body);
    expect(body).toMatchObject({ event: 'run.interrupted', archived: 1, failed: 0, interrupted: 1 });
    expect(body.text).toContain('shop: interrupted\n');
  });

  test('a failure beside it is reported', async () => {
    allAnswer(ok);
    const { notifier } = open();
    notifier.started(START).ended(report(['shop', 'interrupted'], ['crm', 'failed']));
    await notifier.settled();
    expect(server.last(`${PING}/fail`).body).toContain('shop: interrupted\n');
    expect(JSON.parse(server.last(HOOK).body)).toMatchObject({ event: 'run.failed' });
  });

  test("another database's success does not wipe out a failure, its own does", async () => {
    allAnswer(ok);
    const { notifier } = open();
    const tell = async (...outcome: Parameters<typeof report>) => {
      server.seen.length = 0;
      notifier.started(START).ended(report(...outcome));
      await notifier.settled();
      return operations().find((operation) => /^POST \/ping\/…(\/fail)?$/.test(operation));
    };
    expect(await tell(['crm', 'failed'])).toBe('POST /ping/…/fail');
    expect(await tell(['shop', 'archived'])).toBe('POST /ping/…/fail');
    expect(server.last(`${PING}/fail`).body).toContain('failed in their own last run: crm\n');
    // The webhook tells of each run by itself.
    expect(JSON.parse(server.last(HOOK).body)).toMatchObject({ event: 'run.completed', failed: 0 });
    expect(await tell(['crm', 'skipped'])).toBe('POST /ping/…');
    expect(await tell(['shop', 'archived'])).toBe('POST /ping/…');
  });

  test('a user and a password in the URL, and a query', async () => {
    server.on('POST /p/start', ok).on('POST /p', ok);
    const { log } = memoryLog();
    const notifier = new Notifier({
      pingUrl: `http://me:p%2Fw@127.0.0.1:${server.port}/p?key=${SECRET}`,
      webhookUrl: undefined,
      version: '1',
      clock: hasty,
      random: () => 0,
      log,
      scrub: (text) => text,
      stopping: new AbortController().signal,
    });
    notifier.started(START).ended(report(['shop', 'archived']));
    await notifier.settled();
    expect(server.seen.map(({ url }) => url)).toEqual([`/p/start?key=${SECRET}`, `/p?key=${SECRET}`]);
    const basic = `Basic ${Buffer.from('me:p/w').toString('base64')}`;
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([basic, basic]);
  });
});

describe('a receiver that does not do its part', () => {
  test.each([
    ['500', raw(500, 'no')],
    ['429', raw(429, 'no')],
    ['a cut connection', hangUp],
  ])('%s twice, then well: it is delivered', async (_, bad) => {
    allAnswer(bad, bad, ok);
    const { notifier, failures } = open();
    notifier.started(START).ended(report(['shop', 'archived']));
    await notifier.settled();
    expect(failures()).toEqual([]);
    expect([server.count(`${PING}/start`), server.count(PING), server.count(HOOK)]).toEqual([3, 3, 3]);
  });

  test.each([
    ['500', raw(500, `no ${SECRET}`), 3, 'the response was 500'],
    ['404', raw(404, 'no'), 1, 'the response was 404'],
    [
      'a redirect',
      raw(302, '', { location: `/elsewhere/${SECRET}` }),
      1,
      'the response was 302, a redirect, which is not followed: give the address that it leads to',
    ],
    ['a cut connection', hangUp, 3, 'the connection failed (ECONNRESET)'],
    [
      'no HTTP',
      ((response) => response.socket?.end('nonsense\r\n\r\n')) as Reply,
      3,
      'the connection failed (HPE_INVALID_CONSTANT)',
    ],
  ])('always %s: it is given up, and said without the URL', async (_, reply, attempts, why) => {
    allAnswer(reply);
    const { notifier, failures, events, expectNoUrl } = open();
    notifier.started(START).ended(report(['shop', 'archived']));
    await notifier.settled();
    expect(failures()).toEqual([
      `ping run.completed: the ping was not delivered: ${why}`,
      `ping run.started: the ping was not delivered: ${why}`,
      `webhook run.completed: the webhook was not delivered: ${why}`,
    ]);
    expect(server.seen).toHaveLength(3 * attempts);
    expect(events.every(({ level }) => level === 'warn')).toBe(true);
    expectNoUrl();
  });

  test.each([
    ['nobody listens', 'http://127.0.0.1:1', 'the connection failed (ECONNREFUSED)'],
    ['the host is unknown', 'http://c4nary.invalid', /the connection failed \((ENOTFOUND|EAI_AGAIN)\)/],
  ])('%s', async (_, base, why) => {
    const { notifier, failures, expectNoUrl } = open({ base, webhook: false });
    notifier.started(START).ended(report(['shop', 'archived']));
    await notifier.settled();
    expect(failures()).toHaveLength(2);
    for (const failure of failures()) expect(failure).toMatch(why);
    expectNoUrl();
  });

  test('the response that never comes is waited for 15 seconds, whoever waits', async () => {
    allAnswer(silence);
    const clock = new FakeClock();
    const { notifier, failures, expectNoUrl } = open({ clock, ping: false });
    notifier.started(START).ended(report(['shop', 'archived']));
    await server.heard(HOOK);
    let isSettled = false;
    const settled = notifier.settled().then(() => {
      isSettled = true;
    });
    await clock.advance(14_999);
    expect(isSettled).toBe(false);
    await clock.advance(1);
    await settled;
    expect(failures()).toEqual([
      'webhook run.completed: the webhook was not delivered: there was no more time',
    ]);
    expectNoUrl();
  });

  test('a start that hangs holds up the word of the end, so that it cannot come after it', async () => {
    server.on(`${PING}/start`, silence).on(PING, ok).on(HOOK, ok);
    const clock = new FakeClock();
    const { notifier, failures } = open({ clock });
    const run = notifier.started(START);
    await server.heard(`${PING}/start`);
    run.ended(report(['shop', 'archived']));
    await server.heard(HOOK);
    expect(server.count(PING)).toBe(0);
    await clock.advance(15_000);
    await notifier.settled();
    expect(server.count(PING)).toBe(1);
    expect(failures()).toHaveLength(1);
  });

  test('once the process is to stop there are 5 seconds, for what is under way and for what comes', async () => {
    allAnswer(silence);
    const clock = new FakeClock();
    const { notifier, failures, stop } = open({ clock });
    const run = notifier.started(START);
    await server.heard(`${PING}/start`);
    await clock.advance(1_000);
    stop.abort(new Error('SIGTERM'));
    run.ended(report(['shop', 'failed']));
    await server.heard(HOOK);
    await clock.advance(5_000);
    await server.heard(`${PING}/fail`);
    await clock.advance(5_000);
    await notifier.settled();
    expect(failures()).toHaveLength(3);
  });

  test('a response without end is not listened to', async () => {
    allAnswer((response) => {
      const pour = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.writeHead(200).on('drain', pour);
      pour();
    });
    const { notifier, failures } = open({ ping: false });
    notifier.started(START).ended(report(['shop', 'archived']));
    await notifier.settled();
    expect(failures()).toEqual([]);
  });

  test.each<[string, Reply]>([
    ['stands still', (response) => response.writeHead(200).write('well, ')],
    [
      'is cut off',
      (response) => {
        response.writeHead(200, { 'content-length': 100 }).write('well, ', () => response.socket?.destroy());
      },
    ],
  ])('a status is a response, though what follows it %s: it is told once', async (_, reply) => {
    allAnswer(reply);
    const { notifier, failures } = open({ ping: false });
    notifier.started(START).ended(report(['shop', 'archived']));
    await notifier.settled();
    expect(failures()).toEqual([]);
    expect(server.count(HOOK)).toBe(1);
  });

  test('nothing is left open behind', async () => {
    allAnswer(ok);
    const { notifier } = open();
    notifier.started(START).ended(report(['shop', 'archived']));
    await notifier.settled();
    await expect.poll(() => server.open).toBe(0);
  });
});
