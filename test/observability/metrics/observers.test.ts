import { expect, test } from 'vitest';
import { observeProgress } from '../../../src/observability/metrics/observe-progress.ts';
import { type AnyFields, anyLog } from '../../support/any-log.ts';
import { memoryLog } from '../../support/memory-log.ts';

test('an observer hears every event with the fields of its log, and the log stays the same', () => {
  const { log, subscribe, events } = memoryLog();
  const heard: [string, AnyFields][] = [];
  subscribe(({ event, fields }) => heard.push([event, { ...fields }]));
  const observed = anyLog(log);
  const shop = observed.child({ runId: 'r1' }).child({ database: 'shop' });
  shop.debug('backup.polled', { status: 'running' });
  shop.info('archive.completed', { bytes: 3 }, 'done');
  observed.fatal('process.stray_error');
  expect(heard).toEqual([
    ['backup.polled', { runId: 'r1', database: 'shop', status: 'running' }],
    ['archive.completed', { runId: 'r1', database: 'shop', bytes: 3 }],
    ['process.stray_error', {}],
  ]);
  expect(events.map(({ level, message }) => [level, message])).toEqual([
    ['debug', undefined],
    ['info', 'done'],
    ['fatal', undefined],
  ]);
  expect(events[1]?.fields).toEqual({ runId: 'r1', database: 'shop', bytes: 3 });
});

test('an observer that throws costs nothing but a line', () => {
  const { log, subscribe, events } = memoryLog();
  subscribe(() => {
    throw new Error('a defect');
  });
  anyLog(log).child({ database: 'shop' }).info('archive.started');
  expect(events.map(({ event }) => event)).toEqual(['archive.started', 'metrics.failed']);
});

test('bytes are counted once, whatever is sent again and whatever was there before', () => {
  const seen: string[] = [];
  const shown: string[] = [];
  const progress = observeProgress(
    {
      begin: (database, total) => {
        shown.push(`begin ${database} ${total}`);
        return {
          found: (bytes) => shown.push(`found ${bytes}`),
          report: (bytes) => shown.push(`${bytes}`),
          end: () => shown.push('end'),
        };
      },
    },
    {
      began: (database) => seen.push(`began ${database}`),
      moved: (_, bytes) => seen.push(`moved ${bytes}`),
      ended: (database) => seen.push(`ended ${database}`),
    },
  );
  const meter = progress.begin('shop', 100);
  meter.found(40);
  for (const bytes of [50, 45, 50, 100]) meter.report(bytes);
  meter.end();
  meter.end();
  expect(seen).toEqual(['began shop', 'moved 10', 'moved 50', 'ended shop']);
  expect(shown).toEqual(['begin shop 100', 'found 40', '50', '45', '50', '100', 'end', 'end']);
});
