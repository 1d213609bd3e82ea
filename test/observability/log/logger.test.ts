import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ArchiverError } from '../../../src/model/errors.ts';
import { dispatchEvents } from '../../../src/observability/event-dispatcher.ts';
import { createLogger, type LogLevel } from '../../../src/observability/log/logger.ts';
import { createScrubber } from '../../../src/redaction/output-scrubber.ts';
import { ScalingoError } from '../../../src/sources/scalingo/api/scalingo-error.ts';
import { anyLog } from '../../support/any-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function setUp(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const scrubber = createScrubber();
  const write = createLogger({
    level,
    format: 'json',
    colors: false,
    clock: new FakeClock({ start: '2026-11-23T03:00Z' }),
    scrubber,
    write: (text) => void lines.push(text),
  });
  const log = anyLog(dispatchEvents(write).log);
  const last = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? 'null');
  return { log, lines, scrubber, last };
}

/** As got's: everything that was asked, the token included, hangs on it. */
class RequestError extends Error {
  options = { headers: { authorization: 'canary-1' }, url: 'https://h/?x=canary-2' };
  request = { response: { body: 'canary-3' } };
  override cause = new Error('canary-4');
}

describe('a line of the log', () => {
  it('is one JSON object: level, time, event, bindings, fields and message', () => {
    const { log, lines, last } = setUp();
    log
      .child({ runId: 'r1' })
      .child({ database: 'shop-db' })
      .info('archive.completed', { bytes: 12, durationMs: 5 }, 'archived %s');
    expect(last()).toStrictEqual({
      level: 'info',
      time: '2026-11-23T03:00:00.000Z',
      event: 'archive.completed',
      runId: 'r1',
      database: 'shop-db',
      bytes: 12,
      durationMs: 5,
      msg: 'archived %s',
    });
    expect(lines[0]?.endsWith('}\n')).toBe(true);
    expect(lines[0]?.trimEnd()).not.toContain('\n');
  });

  it('has no msg, pid or hostname that nobody gave', () => {
    const { log, last } = setUp();
    log.warn('lock.held');
    expect(Object.keys(last())).toEqual(['level', 'time', 'event']);
  });

  it('has the level as a word', () => {
    const { log, lines } = setUp();
    for (const level of ['debug', 'info', 'warn', 'error', 'fatal'] as const) log[level]('x');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['debug', 'info', 'warn', 'error', 'fatal']);
  });

  it('is not written below the level, nor at all when silent', () => {
    const warn = setUp('warn');
    warn.log.info('x');
    warn.log.warn('y');
    expect(warn.lines).toHaveLength(1);
    const silent = setUp('silent');
    silent.log.fatal('x');
    expect(silent.lines).toHaveLength(0);
  });

  it('has no key twice, whatever a field is called', () => {
    const { log, lines, last } = setUp();
    const fields = { database: 'b', event: 'fake', time: 1, level: 2, msg: 'fake' };
    log.child({ database: 'a' }).info('run.started', fields, 'true');
    expect(last()).toMatchObject({
      database: 'b',
      event: 'run.started',
      msg: 'true',
      level: 'info',
      level_: 2,
    });
    expect(lines[0]?.match(/"database":/g)).toHaveLength(1);
    expect(lines[0]?.match(/"event":/g)).toHaveLength(1);
  });

  it('keeps what is known of one of our errors, and not its cause', () => {
    const { log, lines, last } = setUp();
    const error = new ScalingoError('scalingo.forbidden', 'may not', {
      operation: 'GET /x',
      status: 403,
      requestId: 'q1',
      hint: 'ask',
      cause: new RequestError('canary-0'),
    });
    log.error('archive.failed', { error });
    expect(last().error).toStrictEqual({
      name: 'ScalingoError',
      code: 'scalingo.forbidden',
      message: 'may not',
      hint: 'ask',
      operation: 'GET /x',
      status: 403,
      requestId: 'q1',
    });
    expect(lines[0]).not.toContain('canary');
  });

  it.each([
    ['as error', (error: Error) => ({ error })],
    ['as err, which pino would print whole', (err: Error) => ({ err })],
    ['under another name', (reason: Error) => ({ reason })],
    ['in a list', (error: Error) => ({ tries: [{ error }] })],
    [
      'in the details of one of ours',
      (error: Error) => ({ error: new ArchiverError('backup.none', 'c', { details: { error } }) }),
    ],
    ['in a map, of which only the name is shown', (error: Error) => ({ all: new Map([['a', error]]) })],
    ['on an object of a class', (error: Error) => ({ stream: Object.assign(Readable.from([]), { error }) })],
  ])('never shows the properties of a foreign error, given %s', (_how, fields) => {
    const { log, lines } = setUp();
    log.error('x', fields(new RequestError('boom\ncanary-5')));
    expect(lines[0]).not.toContain('canary');
  });

  it("shows a foreign error's first line under internal.error", () => {
    const { log, last } = setUp();
    log.error('x', { error: new RequestError('boom\nmore') });
    expect(last().error).toMatchObject({ code: 'internal.error', message: 'boom' });
  });

  it('takes anything that was thrown', () => {
    const { log, lines } = setUp();
    for (const error of ['text', 7, undefined, null, Symbol('s'), { a: 1 }]) log.error('x', { error });
    const shown = lines.map((line) => JSON.parse(line).error);
    expect(shown[0]).toMatchObject({ code: 'internal.error', message: 'text' });
    expect(shown[1]).toMatchObject({ message: '7' });
    expect(shown.slice(2)).toEqual([
      undefined,
      null,
      expect.objectContaining({ message: 'Symbol(s)' }),
      { a: 1 },
    ]);
  });

  it('never fails for a field that JSON cannot hold', () => {
    const { log, last } = setUp();
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const broken = {
      get a() {
        throw new Error('no');
      },
    };
    log.info('x', {
      big: 12n,
      circle,
      broken,
      at: new Date(0),
      nan: Number.NaN,
      f: () => 1,
      b: Buffer.from('a'),
    });
    expect(last()).toMatchObject({
      big: '12',
      broken: '[unprintable]',
      at: '1970-01-01T00:00:00.000Z',
      nan: null,
      b: '[Buffer]',
    });
    expect(JSON.stringify(last().circle)).toContain('[too deep]');
    expect(last()).not.toHaveProperty('f');
  });

  it('is scrubbed last, fields and message, of secrets learned late too', () => {
    const { log, scrubber, last } = setUp();
    scrubber.add('late "secret"');
    log.info('x', { link: 'https://h/dl?token=abc' }, 'it is late "secret", see');
    expect(last()).toMatchObject({ link: 'https://h/dl?token=[redacted]', msg: 'it is [redacted], see' });
  });
});
