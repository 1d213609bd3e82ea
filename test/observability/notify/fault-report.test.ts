import { expect, test } from 'vitest';
import { faultBody, faultText } from '../../../src/observability/notify/fault-report.ts';

const REPORT = {
  event: 'restore.failed',
  runId: 'r1',
  trigger: 'restore-test',
  startedAt: 0,
  finishedAt: 61_000,
  archives: 2,
  faults: [
    { database: 'shop', code: 'restore.damaged', message: 'does not restore', hint: undefined },
    { database: 'crm', code: 'restore.server_failed', message: 'the server is away', hint: 'Start it.' },
  ],
} as const;

test('a restore that failed has a line for each database, and the fields of a run', () => {
  const text = faultText(REPORT, '1.2.3');
  expect(text.split('\n')).toEqual([
    'backup-archiver 1.2.3: 2 archives restored for a try, 2 faults in 1m 1s',
    'shop: restore.damaged: does not restore',
    'crm: restore.server_failed: the server is away. Start it.',
    'run r1 (restore-test)',
    '',
  ]);
  expect(faultBody(REPORT, '1.2.3', text)).toMatchObject({
    event: 'restore.failed',
    trigger: 'restore-test',
    failed: 2,
    databases: [
      { name: 'shop', status: 'failed', error: { code: 'restore.damaged', hint: null } },
      { name: 'crm', status: 'failed', error: { code: 'restore.server_failed', hint: 'Start it.' } },
    ],
  });
});
