import { expect, test } from 'vitest';
import { dispatchEvents } from '../../../src/observability/event-dispatcher.ts';
import { followRuns } from '../../../src/observability/notify/follow-runs.ts';
import type { RunReport, RunStart } from '../../../src/observability/notify/run-report.ts';
import type { DatabaseOutcome } from '../../../src/ports/events.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function setUp() {
  const starts: RunStart[] = [];
  const reports: RunReport[] = [];
  const started = (start: RunStart) => {
    starts.push(start);
    return { ended: (report: RunReport) => void reports.push(report) };
  };
  const clock = new FakeClock({ start: '2026-11-23T03:00Z' });
  const { log, subscribe } = dispatchEvents(() => {});
  subscribe(followRuns({ started }, clock));
  const completed = (runId: string, database: string, backupId: string, bytes: number) =>
    log.child({ runId, database }).info('archive.completed', {
      backupId,
      key: `${database}/${backupId}.tar.gz`,
      createdAt: '2026-03-01T01:00:00.000Z',
      bytes,
      durationMs: 5,
      bytesPerSecond: 1,
      parts: 1,
      proof: 'store-full-object',
      checksum: 'AAAAAA==',
    });
  return { starts, reports, clock, log, completed };
}

const totals = (databases: DatabaseOutcome[]) => ({
  durationMs: 1,
  archived: 1,
  skipped: 0,
  failed: 1,
  interrupted: 0,
  databases,
});

test('a run is announced by its events, each archive with its database', () => {
  const { starts, reports, clock, log, completed } = setUp();
  const startedAt = clock.now();
  const run = log.child({ runId: 'r1', trigger: 'schedule' });
  run.info('run.started', { databases: ['shop', 'crm', 'erp'] });
  completed('r1', 'shop', 'b1', 10);
  completed('r2', 'shop', 'b2', 20);
  completed('r1', 'crm', 'b3', 30);
  const failed = { database: 'crm', status: 'failed', code: 'retention.refused', message: 'no' } as const;
  run.error(
    'run.failed',
    totals([
      { database: 'shop', status: 'archived', bytes: 10 },
      { ...failed, hint: 'ask' },
      { database: 'erp', status: 'interrupted' },
    ]),
  );
  const start = { runId: 'r1', trigger: 'schedule', databases: ['shop', 'crm', 'erp'] };
  expect(starts).toEqual([start]);
  expect(reports).toMatchObject([{ ...start, startedAt, finishedAt: clock.now() }]);
  expect(reports[0]?.outcomes).toEqual([
    {
      name: 'shop',
      status: 'archived',
      archives: [{ key: 'shop/b1.tar.gz', backupId: 'b1', createdAt: '2026-03-01T01:00:00.000Z', size: 10 }],
    },
    {
      name: 'crm',
      status: 'failed',
      archives: [],
      error: { code: 'retention.refused', message: 'no', hint: 'ask' },
    },
    { name: 'erp', status: 'interrupted', archives: [] },
  ]);
});

test('the verb run has the trigger run, and each run is reported once', () => {
  const { starts, reports, log } = setUp();
  const run = log.child({ runId: 'r1' });
  run.info('run.started', { databases: ['shop'] });
  for (let n = 0; n < 2; n++) run.info('run.completed', totals([{ database: 'shop', status: 'skipped' }]));
  expect(starts.map(({ trigger }) => trigger)).toEqual(['run']);
  expect(reports).toHaveLength(1);
});

test('what is no run, or a defect before one, is not announced', () => {
  const { starts, reports, log } = setUp();
  log.info('run.completed', { databases: [], shard: { index: 1, count: 4 } });
  log.child({ database: 'shop' }).error('run.failed', { trigger: 'schedule', error: new Error('a defect') });
  expect([...starts, ...reports]).toEqual([]);
});
