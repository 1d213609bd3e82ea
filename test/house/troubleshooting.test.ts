import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ERROR_TABLE } from '../../docs/error-table.ts';
import { EVENT_TABLE } from '../../docs/event-table.ts';

const PAGES = ['troubleshooting.md', 'auditors.md', 'restore/README.md', 'stores/README.md'];
const CODES = Object.keys(ERROR_TABLE);
const EVENTS = Object.keys(EVENT_TABLE);
/** What an operator should be able to look up. */
const ALARMING = new Set(['warn', 'error', 'fatal']);
/** What went wrong is in the code of their errors. */
const SUMMARIES = new Set(['run.failed', 'archive.failed']);

function read(page: string): string {
  return readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
}

/** What is written as code and reads as an event or an error code does. */
function namesOn(page: string): string[] {
  const areas = new Set([...CODES, ...EVENTS].map((name) => name.split('.')[0]));
  const words = [...read(page).matchAll(/`([a-z0-9]+)\.([a-z_]+)`/g)];
  return words.filter(([, area]) => areas.has(area)).map(([, area, name]) => `${area}.${name}`);
}

test.each(PAGES)('%s names events, error codes and settings that are there', (page) => {
  const settings = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const known = new Set([...CODES, ...EVENTS]);
  const unknown = namesOn(page).filter((name) => !known.has(name) && !settings.includes(`\`${name}\``));
  expect(unknown).toEqual([]);
});

test('each event of a warning or an error can be looked up in troubleshooting.md', () => {
  const names = new Set(namesOn('troubleshooting.md'));
  const alarming = Object.entries(EVENT_TABLE).filter(([, { means }]) =>
    Object.keys(means).some((level) => ALARMING.has(level)),
  );
  expect(alarming.length).toBeGreaterThan(30);
  expect(alarming.map(([name]) => name).filter((name) => !SUMMARIES.has(name) && !names.has(name))).toEqual(
    [],
  );
});

test('a link to errors.md leads to the code that it is on', () => {
  const links = [...read('troubleshooting.md').matchAll(/\[`([a-z0-9._]+)`\]\(errors\.md#([^)]+)\)/g)];
  expect(links.length).toBeGreaterThan(30);
  expect(links.filter(([, code = '', anchor]) => code.replace('.', '') !== anchor)).toEqual([]);
});
