import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { installStrayErrors } from '../../src/process/stray-errors.ts';
import { memoryLog } from '../support/memory-log.ts';
import { jsonLines, runFixture } from './run-fixture.ts';

describe('an error that nobody caught', () => {
  it.each([
    ['rejection', 'unhandledRejection'],
    ['exception', 'uncaughtException'],
    ['emitter', 'uncaughtException'],
    ['both', 'unhandledRejection'],
  ])('(%s) is logged fatal, once, without its secrets, and ends the process with 1', async (kind, origin) => {
    const { code, stdout, stderr } = await runFixture('stray.ts', [kind]).ended;
    const events = jsonLines(stdout);
    expect(events.map(({ event }) => event)).toEqual(['before', 'process.stray_error']);
    expect(events[1]).toMatchObject({
      level: 'fatal',
      origin,
      error: { code: 'internal.error', message: 'boom [redacted]' },
    });
    expect(stdout + stderr).not.toContain('canary');
    expect(stderr).toBe('');
    expect(code).toBe(1);
  });

  it('may be nothing at all', async () => {
    const { code, stdout } = await runFixture('stray.ts', ['nothing']).ended;
    expect(jsonLines(stdout)[1]).toMatchObject({ error: { code: 'internal.error', message: 'undefined' } });
    expect(code).toBe(1);
  });

  it('ends the process also when it cannot be logged', () => {
    const order: string[] = [];
    const target = Object.assign(new EventEmitter(), {
      exit: (code: number) => void order.push(`exit ${code}`),
    });
    const fatal = () => {
      order.push('log');
      throw new Error('disk full');
    };
    const remove = installStrayErrors({ log: { ...memoryLog().log, fatal }, process: target });
    expect(() => target.emit('uncaughtException', new Error('x'))).toThrow('disk full');
    expect(order).toEqual(['log', 'exit 1']);
    remove();
    expect(target.eventNames()).toEqual([]);
  });
});
