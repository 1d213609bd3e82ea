import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { EVENT_TABLE } from '../../docs/event-table.ts';
import { withEvents } from '../../docs/generate-events.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import { readTree } from '../house/import-scan.ts';
import { memoryLog } from '../support/memory-log.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** An event at its level, as `EventLog` takes it; the dispatcher writes its own, `metrics.failed`, otherwise. A line of `check` is none. */
const EMITTED = /(?<!\breport)\.(debug|info|warn|error|fatal)\(\s*'([a-z\d]+\.[a-z_]+)'/g;

test('docs/events.md is what the table says', async () => {
  const document = await readFile(new URL('../../docs/events.md', import.meta.url), 'utf8');
  // Where this fails: node docs/generate-events.ts
  expect(document).toBe(withEvents(document));
  for (const name of Object.keys(EVENT_TABLE)) expect(document).toContain(`\n### ${name}\n`);
});

test('a document without its marks is not written over', () => {
  expect(() => withEvents('# Events\n')).toThrow(/marks/);
});

test('the table has the events that the program emits, each at its levels, and no other', async () => {
  const sources = await readTree(ROOT, ['src']);
  const emitted = [...sources.values()].flatMap((text) =>
    [...text.matchAll(EMITTED)].map(([, level, name]) => `${name} ${level}`),
  );
  const described = Object.entries(EVENT_TABLE).flatMap(([name, { means }]) =>
    Object.keys(means).map((level) => `${name} ${level}`),
  );
  expect([...new Set(emitted)].sort()).toEqual(described.sort());
});

test('a misspelt event or field, a wrong level, and a field that is left out are type errors', () => {
  const { log, events } = memoryLog();
  const speak = ({ info, warn }: EventLog) => {
    info('retention.retained', { key: 'k', lockedUntil: 'legal hold' });
    // @ts-expect-error: no such event
    info('retention.retain', { key: 'k', lockedUntil: 'legal hold' });
    // @ts-expect-error: no such field
    info('retention.retained', { key: 'k', lockedUntil: 'legal hold', lockedTill: 'x' });
    // @ts-expect-error: a field is missing
    info('retention.retained', { key: 'k' });
    // @ts-expect-error: another type
    info('retention.retained', { key: 'k', lockedUntil: 7 });
    // @ts-expect-error: another level
    warn('retention.retained', { key: 'k', lockedUntil: 'legal hold' });
  };
  speak(log);
  expect(events).toHaveLength(6);
});
