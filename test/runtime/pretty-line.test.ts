import { describe, expect, it } from 'vitest';
import { IntegrityError } from '../../src/domain/errors.ts';
import type { EventLog } from '../../src/domain/event-log.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createScrubber } from '../../src/runtime/scrubber.ts';
import { ManualClock } from './manual-clock.ts';

function shown(speak: (log: EventLog) => void, colors = false): string {
  let text = '';
  const write = (line: string) => {
    text += line;
  };
  const scrubber = createScrubber(['correct-horse']);
  speak(createLogger({ level: 'info', format: 'pretty', colors, clock: new ManualClock(), scrubber, write }));
  return text;
}

describe('a pretty line', () => {
  it('reads from left to right: time, level, event, database, message, fields', () => {
    const text = shown((log) =>
      log
        .child({ runId: 'r1', database: 'shop-db' })
        .info(
          'archive.completed',
          { bytes: 1073741824, durationMs: 12_400, backupId: 'b 1' },
          'the archive is proved',
        ),
    );
    expect(text).toBe(
      '2026-11-23 03:00:00Z INFO:  archive.completed  shop-db  the archive is proved  bytes=1.0 GiB  duration=12.4 s  backupId="b 1"\n',
    );
  });

  it('shows the run where it begins', () => {
    expect(shown((log) => log.child({ runId: 'r1' }).info('run.started'))).toBe(
      '2026-11-23 03:00:00Z INFO:  run.started  runId=r1\n',
    );
  });

  it('shows an error and what to do about it on lines of their own', () => {
    const error = new IntegrityError('archive.truncated', 'got 12 of 14 bytes', {
      hint: 'Run it again.',
      details: { requestId: 'q1', size: 14 },
    });
    expect(shown((log) => log.error('archive.failed', { database: 'shop-db', error }, 'not archived'))).toBe(
      [
        '2026-11-23 03:00:00Z ERROR: archive.failed  shop-db  not archived',
        '    archive.truncated: got 12 of 14 bytes  requestId=q1  size=14 B',
        '    hint: Run it again.',
        '',
      ].join('\n'),
    );
  });

  it('shows where a defect was thrown', () => {
    const text = shown((log) =>
      log.fatal('process.stray_error', { error: new TypeError('x is not a function') }),
    );
    expect(text).toContain('\n    internal.error: x is not a function\n    hint: This is a defect');
    expect(text).toMatch(/\n {4}at /);
  });

  it('lets no text of a service move the cursor or begin a line', () => {
    const text = shown((log) => log.info('x', { body: '\x1b[2Jfake\r\nline' }, 'a\x1b[31m\u009b2Jb\nINFO c'));
    expect(text.match(/\n/g)).toHaveLength(1);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(text).toContain('INFO c');
  });

  it('is scrubbed', () => {
    const text = shown((log) => log.info('x', { a: 'correct-horse' }, 'Bearer abc123 and correct-horse'));
    expect(text).toContain('Bearer [redacted] and [redacted]');
    expect(text).not.toContain('correct-horse');
  });

  it('has colours only where they are wanted', () => {
    const speak = (log: EventLog) => log.error('x', { error: new IntegrityError('a.b', 'c', { hint: 'd' }) });
    expect(shown(speak)).not.toContain('\x1b[');
    expect(shown(speak, true)).toContain('\x1b[31m');
  });
});
