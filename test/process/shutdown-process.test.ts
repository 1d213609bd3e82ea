import { describe, expect, it } from 'vitest';
import { jsonLines, runFixture } from './run-fixture.ts';

describe('a real process', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stopped by %s releases what it holds and exits with %s', async (signal, code) => {
    const { child, printed, ended } = runFixture('worker.ts', ['stops', '20000']);
    await printed('work.started');
    child.kill(signal);
    const result = await ended;
    expect(result).toMatchObject({ code, signal: null, stderr: '' });
    const events = jsonLines(result.stdout);
    expect(events.map(({ event }) => event)).toEqual([
      'work.started',
      'shutdown.started',
      'work.cut_short',
      'lease.released',
      'shutdown.completed',
    ]);
    expect(events[1]).toMatchObject({ signal, boundMs: 20_000 });
    expect(events[2]?.error).toMatchObject({ code: 'shutdown.signal', signal });
  });

  it('that does not stop is ended by the bound', async () => {
    const { child, printed, ended } = runFixture('worker.ts', ['hangs', '300']);
    await printed('work.started');
    child.kill('SIGTERM');
    const result = await ended;
    expect(result.code).toBe(143);
    expect(jsonLines(result.stdout).at(-1)).toMatchObject({
      event: 'shutdown.timed_out',
      boundMs: 300,
      waitingFor: ['lease'],
    });
  });

  it('that does not stop is ended at once by a second signal', async () => {
    const { child, printed, ended } = runFixture('worker.ts', ['hangs', '3600000']);
    await printed('work.started');
    child.kill('SIGTERM');
    await printed('shutdown.started');
    child.kill('SIGINT');
    const result = await ended;
    expect(result.code).toBe(130);
    expect(jsonLines(result.stdout).at(-1)).toMatchObject({ event: 'shutdown.forced', signal: 'SIGINT' });
  });
});
