import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pingUrl } from '../../../src/observability/notify/notifier.ts';
import { type RunReport, startText, summaryText } from '../../../src/observability/notify/run-report.ts';
import { webhookBody } from '../../../src/observability/notify/webhook-body.ts';
import { DOCUMENT, EXAMPLE, withCurrentExample } from './body-example.ts';

const document = readFileSync(DOCUMENT, 'utf8');

describe('the document', () => {
  test('shows the body as it is (node test/observability/notify/body-example.ts writes it)', () => {
    expect(document).toBe(withCurrentExample(document));
  });

  test('explains every field of it', () => {
    const body = webhookBody(EXAMPLE, '1', '');
    const table = document.slice(document.indexOf('<!-- end body -->'));
    for (const field of Object.keys(body)) expect(table, field).toMatch(new RegExp(`\`${field}(\\[\\])?\``));
  });

  test('shows the text as it is', () => {
    for (const line of summaryText(EXAMPLE, '0.1.0', []).trimEnd().split('\n')) {
      expect(document).toContain(`    ${line}\n`);
    }
  });
});

test.each([
  ['https://hc-ping.com/uuid', 'https://hc-ping.com/uuid/start', 'https://hc-ping.com/uuid/fail'],
  ['https://hc-ping.com/uuid/', 'https://hc-ping.com/uuid/start', 'https://hc-ping.com/uuid/fail'],
  ['https://a.example', 'https://a.example/start', 'https://a.example/fail'],
  [
    'https://a.example/x?k=/v/&b=?',
    'https://a.example/x/start?k=/v/&b=?',
    'https://a.example/x/fail?k=/v/&b=?',
  ],
])('the addresses below %s', (url, start, fail) => {
  expect(pingUrl(url, 'success')).toBe(url);
  expect(pingUrl(url, 'start')).toBe(start);
  expect(pingUrl(url, 'fail')).toBe(fail);
});

test('the text puts the bad news first, and a fleet of thousands does not bury them', () => {
  const outcomes: RunReport['outcomes'] = [
    ...Array.from({ length: 1000 }, (_, n) => ({
      name: `db${n}`,
      status: 'archived' as const,
      archives: [],
    })),
    { name: 'cut', status: 'interrupted', archives: [] },
    { name: 'bad', status: 'failed', archives: [], error: { code: 'c', message: 'm', hint: undefined } },
  ];
  const lines = summaryText({ ...EXAMPLE, outcomes }, '1', ['other']).split('\n');
  expect(lines.slice(0, 4)).toEqual([
    'backup-archiver 1: 1000 archived, 0 skipped, 1 failed, 1 interrupted in 3m 20s',
    'bad: failed: c: m',
    'cut: interrupted',
    'db0: archived, 0 B',
  ]);
  expect(lines).toHaveLength(205);
  expect(lines.slice(-4)).toEqual([
    'and 802 more',
    'failed in their own last run: other',
    `run ${EXAMPLE.runId} (run)`,
    '',
  ]);
  const databases = outcomes.map(({ name }) => name);
  expect(startText({ ...EXAMPLE, databases }, '1')).toMatch(/db199 and 802 more\n/);
});

test('a webhook without a failure, and one that was interrupted', () => {
  const [archived] = EXAMPLE.outcomes;
  const good = webhookBody({ ...EXAMPLE, outcomes: archived === undefined ? [] : [archived] }, '1', 't');
  expect(good).toMatchObject({ event: 'run.completed', archived: 1, failed: 0, bytes: 1_288_490_189 });
  const cut = webhookBody(
    { ...EXAMPLE, outcomes: [{ name: 'shop', status: 'interrupted', archives: [] }] },
    '1',
    't',
  );
  expect(cut).toMatchObject({ event: 'run.interrupted', failed: 0, interrupted: 1 });
});
