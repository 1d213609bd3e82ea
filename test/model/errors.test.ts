import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ArchiverError,
  hasCode,
  hasKind,
  IntegrityError,
  isOutage,
  mayPass,
  SourceError,
  toArchiverError,
} from '../../src/model/errors.ts';
import { ScalingoError } from '../../src/sources/scalingo/api/scalingo-error.ts';
import { S3Error } from '../../src/stores/s3/client/s3-error.ts';

const CANARY = 'tk-us-canary';

/** As got's and the SDK's: everything that was asked, the token included, hangs on it. */
class ForeignError extends Error {
  override name = 'RequestError';
  code = CANARY;
  status = 403;
  hint = CANARY;
  details = { token: CANARY };
  options = { headers: { authorization: CANARY } };
  response = { body: CANARY, url: `https://db-api.example/download?token=${CANARY}` };
  override cause = new Error(CANARY);
  toJSON() {
    return { token: CANARY };
  }
}

const foreignErrors: [string, () => unknown][] = [
  ['an error with properties', () => new ForeignError('refused')],
  [
    'a message of many lines',
    () => new Error(`refused\nauthorization: ${CANARY}\r\n    at https://h/?token=${CANARY}`),
  ],
  [
    'a message that looks like a stack',
    () => new Error(`refused\n    at get (https://h/download?token=${CANARY}:1:1)\n    at ${CANARY} (x:1:1)`),
  ],
  [
    'a message changed later',
    () => {
      const error = new Error(`was\n    at ${CANARY}`);
      // V8 writes the stack when it is first looked at.
      expect(error.stack).toContain(CANARY);
      return Object.assign(error, { message: 'refused' });
    },
  ],
  ['a stack of its own', () => Object.assign(new Error('refused'), { stack: `${CANARY}\n  ${CANARY}` })],
  ['errors within', () => new AggregateError([new Error(CANARY)], 'refused')],
  ['a plain object', () => ({ message: 'refused', token: CANARY, toString: () => CANARY })],
];

describe('an error of ours as the log prints it', () => {
  it('has name, code, message, hint and details', () => {
    const error = new ArchiverError('backup.none', 'there is none', {
      hint: 'Make one.',
      details: { status: 'x' },
    });
    expect(error.toJSON()).toStrictEqual({
      name: 'ArchiverError',
      code: 'backup.none',
      message: 'there is none',
      hint: 'Make one.',
      status: 'x',
    });
    expect(new ArchiverError('backup.none', 'c').toJSON()).toStrictEqual({
      name: 'ArchiverError',
      code: 'backup.none',
      message: 'c',
    });
  });

  it('has no cause, which is there for the debugger', () => {
    const cause = new ForeignError('refused');
    for (const error of [
      new ArchiverError('backup.none', 'c', { cause }),
      new ScalingoError('backup.none', 'c', { operation: 'GET /', cause }),
      new S3Error('backup.none', 'c', { operation: 'HeadObject', cause }),
      new IntegrityError('backup.none', 'c', { cause }),
    ]) {
      expect(error.cause).toBe(cause);
      expect(error.toJSON()).not.toHaveProperty('cause');
      expect(JSON.stringify(error)).not.toContain(CANARY);
      expect(JSON.stringify({ deep: [error] })).not.toContain(CANARY);
    }
  });

  it('cannot be made to say another code or message by its details', () => {
    const details = { name: 'x', code: 'x', message: 'x', hint: 'x', key: 'kept' };
    expect(new ArchiverError('backup.none', 'c', { hint: 'd', details }).toJSON()).toEqual({
      name: 'ArchiverError',
      code: 'backup.none',
      message: 'c',
      hint: 'd',
      key: 'kept',
    });
  });

  it('of a service tells what was asked, the status and the request id', () => {
    const told = { operation: 'GET /api/databases/ad-1/backups', status: 403, requestId: 'r-1' };
    const error = new ScalingoError('scalingo.forbidden', 'refused', { ...told, details: { attempt: 2 } });
    expect(error).toMatchObject({ ...told, retryable: false, name: 'ScalingoError' });
    expect(error.toJSON()).toStrictEqual({
      name: 'ScalingoError',
      code: 'scalingo.forbidden',
      message: 'refused',
      ...told,
      attempt: 2,
    });
    const unanswered = new S3Error('s3.network', 'no response', {
      operation: 'HeadObject',
      retryable: true,
    });
    expect(unanswered.retryable).toBe(true);
    expect(unanswered.toJSON()).toStrictEqual({
      name: 'StoreError',
      code: 's3.network',
      message: 'no response',
      operation: 'HeadObject',
    });
  });
});

describe('any thrown value as an error of ours', () => {
  it('is itself where it is one already', () => {
    for (const error of [new ArchiverError('backup.none', 'c'), new IntegrityError('archive.empty', 'c')]) {
      expect(toArchiverError(error)).toBe(error);
    }
  });

  it.each(foreignErrors)('carries nothing of %s but the first line of its message', (_, thrown) => {
    const foreign = thrown();
    const error = toArchiverError(foreign);
    expect(error).toBeInstanceOf(ArchiverError);
    expect(error.code).toBe('internal.error');
    expect(error.message).toBe('refused');
    expect(error.cause).toBe(foreign);
    expect(Object.keys(error.toJSON()).filter((key) => key !== 'stack')).toEqual([
      'name',
      'code',
      'message',
      'hint',
    ]);
    expect(JSON.stringify(error)).not.toContain(CANARY);
  });

  it('says where it was thrown: at most eight frames, and nothing but frames', () => {
    const deep = (left: number): Error => (left === 0 ? new Error('refused\nsecond line') : deep(left - 1));
    const { stack } = toArchiverError(deep(20)).toJSON();
    expect(stack).toHaveLength(8);
    expect(stack).toEqual(new Array(8).fill(expect.stringMatching(/^at .*errors\.test\.ts:\d+:\d+\)?$/)));
    const fewer = toArchiverError(new Error('refused')).toJSON().stack as string[];
    expect(fewer[0]).toMatch(/errors\.test\.ts:\d+:\d+\)?$/);
  });

  it('keeps frames of every kind that V8 writes', () => {
    const frames = [
      '    at f (file:///app/src/main.ts:1:2)',
      '    at async g (/app/src/main.ts:10:20)',
      '    at new Foo (C:\\app\\main.js:1:2)',
      '    at Object.<anonymous> [as run] (node:internal/x:3:4)',
      '    at node:internal/timers:585:17',
      '    at Array.map (<anonymous>)',
      '    at async Promise.all (index 0)',
    ];
    const foreign = Object.assign(new Error('refused'), { stack: `Error: refused\n${frames.join('\n')}` });
    expect(toArchiverError(foreign).toJSON().stack).toEqual(frames.map((frame) => frame.trim()));
  });

  it.each<[string, unknown, string]>([
    ['a text', 'refused\nmore', 'refused'],
    ['a number', 42, '42'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a symbol', Symbol('x'), 'Symbol(x)'],
    // What Node raises when no address of a host answers has no message at all.
    ['an error without a message', new AggregateError([]), 'unknown error (AggregateError)'],
    ['an error whose first line is empty', new Error('\n  refused'), 'refused'],
    ['an object without a message', { token: CANARY }, 'unknown error (Object)'],
    ['an object without a prototype', Object.create(null), 'unknown error'],
    [
      'a message that is no text',
      Object.assign(new Error(), { message: { token: CANARY } }),
      'unknown error (Error)',
    ],
    ['a stack that is no text', Object.assign(new Error('refused'), { stack: 5 }), 'refused'],
    [
      'a class whose name says too much',
      new (class extends Error {
        override name = CANARY;
      })(),
      'unknown error',
    ],
    [
      'a getter that throws',
      Object.defineProperty(new Error('x'), 'message', {
        get() {
          throw new Error(CANARY);
        },
      }),
      'unknown error (Error)',
    ],
  ])('never fails: %s', (_, thrown, message) => {
    const error = toArchiverError(thrown);
    expect(error).toMatchObject({ code: 'internal.error', message });
    expect(JSON.stringify(error)).not.toContain(CANARY);
  });

  it('never fails, and never has an empty message or two lines', () => {
    const thrown = fc.oneof(
      fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }),
      fc.string().map((message) => new Error(message)),
    );
    fc.assert(
      fc.property(thrown, (value) => {
        const { message } = toArchiverError(value);
        expect(message).not.toBe('');
        expect(message).not.toMatch(/[\n\r]/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the code of an error', () => {
  it('is looked at on errors of ours only', () => {
    const error: unknown = new S3Error('s3.not_found', 'c', { operation: 'HeadObject' });
    expect(hasCode(error, 's3.not_found')).toBe(true);
    expect(hasCode(error, 's3.forbidden', 's3.not_found')).toBe(true);
    expect(hasCode(error, 's3.forbidden')).toBe(false);
    expect(hasCode(error)).toBe(false);
    expect(hasCode(Object.assign(new Error('c'), { code: 's3.not_found' }), 's3.not_found')).toBe(false);
    expect(hasCode(undefined, 's3.not_found')).toBe(false);
  });
});

describe('the kind of an error', () => {
  it('is looked at on errors of ours only', () => {
    const error: unknown = new SourceError('backup.failed', 'c', { operation: 'GET', kind: 'not-found' });
    expect(hasKind(error, 'not-found')).toBe(true);
    expect(hasKind(error, 'forbidden', 'not-found')).toBe(true);
    expect(hasKind(error, 'forbidden')).toBe(false);
    expect(hasKind(Object.assign(new Error('c'), { kind: 'not-found' }), 'not-found')).toBe(false);
    expect(hasKind(new ArchiverError('backup.failed', 'c'), 'not-found')).toBe(false);
  });
});

describe('whether a later run may do better', () => {
  const operation = 'GET /';
  const away = new SourceError('backup.failed', '503', { operation, retryable: true });
  const refused = new SourceError('backup.failed', '403', { operation });
  const unknown = new SourceError('backup.failed', 'c', { operation, kind: 'outcome-unknown' });
  const retention = (cause: unknown) => new ArchiverError('retention.failed', 'c', { cause });

  it.each<[string, unknown, boolean, boolean]>([
    ['a service that is away', away, true, true],
    ['a lease that was lost', new ArchiverError('lock.lost', 'c'), true, true],
    ['a lease that is held', new ArchiverError('lock.held', 'c'), false, true],
    ['a source that broke off', new IntegrityError('archive.source_failed', 'c'), false, true],
    ['a source that stalled', new IntegrityError('archive.stalled', 'c'), false, true],
    ['an archive that is too short', new IntegrityError('archive.truncated', 'c'), false, true],
    ['a backup that may have been made', unknown, false, true],
    ['a retention that met an outage', retention(away), false, true],
    ['a retention that was refused', retention(refused), false, false],
    ['a service that refuses', refused, false, false],
    [
      'another error with such a cause',
      new ArchiverError('backup.failed', 'c', { cause: away }),
      false,
      false,
    ],
    ['a damaged archive', new IntegrityError('archive.damaged', 'c'), false, false],
    ['a foreign error', Object.assign(new Error('c'), { retryable: true, code: 'lock.held' }), false, false],
  ])('%s', (_, error, outage, passes) => {
    expect(isOutage(error)).toBe(outage);
    expect(mayPass(error)).toBe(passes);
  });
});
