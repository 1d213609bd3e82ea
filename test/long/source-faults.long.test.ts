import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { DownloadBehaviour } from '../../sandbox/scalingo/download-behaviour.ts';
import {
  answer,
  answerLost,
  cutShort,
  dropped,
  type Fault,
  type Operation,
  pass,
  serverError,
  unreadable,
} from '../../sandbox/scalingo/fault.ts';
import { JobFixture, PART } from '../run/job-fixture.ts';

const archive = syntheticArchive({ size: 3 * PART + 4321, seed: 'single faults' });

/** What may happen to one call, and pass. */
const FAULTS: readonly (readonly [string, Fault])[] = [
  ['a lost connection', dropped()],
  ['a response that is lost after the effect', answerLost()],
  ['a response that is cut short', cutShort()],
  ['200 and an error', answer(200, { error: 'fail to get it' })],
  ['200 and a text', answer(200, 'fail to get it')],
  ['200 and a text in JSON', answer(200, '"fail to get it"')],
  ['200 and nothing', answer(200, '')],
  ['200 and null', answer(200, 'null')],
  ['200 and a list', answer(200, '[]')],
  ['200 and an entry of another kind', answer(200, { database_backups: [{ error: 'no' }] })],
  ['200 and a page', unreadable()],
  ['a redirect', answer(302, '', { headers: { location: '/maintenance' } })],
  ...[400, 403, 404, 408, 409, 410, 422].map(
    (status) => [`${status}`, answer(status, { error: 'not now' })] as const,
  ),
  ...[429, 500, 502, 503, 504].map((status) => [`${status}`, serverError(status)] as const),
];

/** Each call of a run, and the first and the last time that it is made. */
const CALLS: readonly (readonly [Operation, readonly number[]])[] = [
  ['exchange', [1]],
  ['addonToken', [1]],
  ['database', [1]],
  ['list', [1, 2, 4]],
  ['create', [1]],
  ['archive', [1]],
];

describe('one fault of the source, of any kind', () => {
  const cells = CALLS.flatMap(([operation, times]) => times.map((time) => ({ operation, time })));
  it.each(cells)(
    'at call $time of $operation costs no archive, and no second backup',
    async ({ operation, time }) => {
      const lost: string[] = [];
      for (const [name, fault] of FAULTS) {
        await using fixture = await JobFixture.start({ archive });
        const faults = [...Array.from({ length: time - 1 }, pass), fault];
        fixture.scalingo.fail(operation, faults);
        try {
          await fixture.run();
          await fixture.expectOnlyArchive();
          expect(fixture.scalingo.faults.pending(operation)).toBe(0);
        } catch (error) {
          lost.push(`${name}: ${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}`);
        }
      }
      expect(lost).toEqual([]);
    },
  );
});

/** What may happen to one download, and pass. */
const BROKEN: readonly (readonly [string, DownloadBehaviour])[] = [
  ['the end of the connection after the head', { cutAfter: 0 }],
  ['a reset after the head', { cutAfter: 0, cutBy: 'reset' }],
  ['a cut after some bytes', { cutAfter: 1000 }],
  ['a cut before the last byte', { cutAfter: PART - 1 }],
  ['an end in good order, too early', { endAfter: 1000, framing: 'chunked' }],
  ['an end in good order before the last byte', { endAfter: PART - 1, framing: 'chunked' }],
  ['an end of the connection, too early', { endAfter: 1000, framing: 'close' }],
  ['an end in good order without a byte', { endAfter: 0, framing: 'chunked' }],
  ['an error text', { answer: { status: 200, body: 'fail to get archive from storage backend' } }],
  ['nothing', { answer: { status: 200, body: '' } }],
  ['a page', { answer: { status: 200, body: '<html></html>' } }],
  ...[400, 401, 403, 404, 408, 409, 410, 416, 422, 429, 500, 502, 503, 504].map(
    (status) => [`${status}`, { answer: { status, body: 'not now' } }] as const,
  ),
];
const KINDS: readonly (readonly [string, DownloadBehaviour])[] = [
  ['ranges and a tag', {}],
  ['ranges without a tag', { etag: 'none', lastModified: true }],
  ['chunks', { range: 'ignore', framing: 'chunked' }],
  ['no ranges', { range: 'ignore' }],
  ['refused ranges', { range: 'refuse' }],
];

describe('one fault of a download, of any kind', () => {
  const cells = KINDS.flatMap(([kind, usual]) => [1, 2, 4].map((time) => ({ kind, usual, time }))).filter(
    ({ kind, time }) => kind.startsWith('ranges') || time < 3,
  );
  it.each(cells)('at download $time of a source with $kind costs no archive', async ({ usual, time }) => {
    const lost: string[] = [];
    for (const [name, broken] of BROKEN) {
      await using fixture = await JobFixture.start({ archive, smallStream: true });
      fixture.database.nextDownloads(...Array.from({ length: time - 1 }, () => usual), {
        ...usual,
        ...broken,
      });
      fixture.database.download = usual;
      try {
        await fixture.run();
        await fixture.expectOnlyArchive();
      } catch (error) {
        lost.push(`${name}: ${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}`);
      }
    }
    expect(lost).toEqual([]);
  });
});
