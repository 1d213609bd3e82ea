import { describe, expect, it } from 'vitest';
import { IntegrityError } from '../../../src/model/errors.ts';
import { dispatchEvents } from '../../../src/observability/event-dispatcher.ts';
import { createLogger } from '../../../src/observability/log/logger.ts';
import { createScrubber } from '../../../src/redaction/output-scrubber.ts';
import { type AnyLog, anyLog } from '../../support/any-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function shown(speak: (log: AnyLog) => void, colors = false): string {
  let text = '';
  const write = (line: string) => {
    text += line;
  };
  const scrubber = createScrubber(['correct-horse']);
  const options = {
    level: 'info',
    format: 'pretty',
    colors,
    clock: new FakeClock({ start: '2026-11-23T03:00Z' }),
    scrubber,
    write,
  } as const;
  speak(anyLog(dispatchEvents(createLogger(options)).log));
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

  it('says nothing twice: the database, and what the error says', () => {
    const error = new IntegrityError('archive.truncated', 'got 12 of 14 bytes');
    const shop = (log: AnyLog) => log.child({ database: 'shop-db' });
    expect(shown((log) => shop(log).error('archive.failed', { error }, 'shop-db: got 12 of 14 bytes'))).toBe(
      '2026-11-23 03:00:00Z ERROR: archive.failed  shop-db\n    archive.truncated: got 12 of 14 bytes\n',
    );
    expect(shown((log) => shop(log).warn('lock.no_room', {}, 'shop-db: no room'))).toBe(
      '2026-11-23 03:00:00Z WARN:  lock.no_room  shop-db  no room\n',
    );
  });

  it('says nothing twice: a key or an id that it has already, and a list of nothing', () => {
    const facts = { key: 'shop/2026_b1.tar.gz', backupId: 'b1', dumps: [], files: 1 };
    expect(shown((log) => log.info('archive.verified', facts, 'shop/2026_b1.tar.gz is whole'))).toBe(
      '2026-11-23 03:00:00Z INFO:  archive.verified  shop/2026_b1.tar.gz is whole  files=1\n',
    );
    expect(shown((log) => log.info('archive.started', facts))).toBe(
      '2026-11-23 03:00:00Z INFO:  archive.started  key=shop/2026_b1.tar.gz  files=1\n',
    );
  });

  it('shows how each database of a run fared', () => {
    const databases = [
      { database: 'shop', status: 'archived', bytes: 1048576 },
      { database: 'crm', status: 'failed', code: 's3.full', message: 'PutObject: 507', hint: 'Raise it.' },
      { database: 'wiki', status: 'skipped' },
    ];
    const text = shown((log) => log.error('run.failed', { failed: 1, databases }, '1 failed'));
    expect(text).toBe(
      [
        '2026-11-23 03:00:00Z ERROR: run.failed  1 failed  failed=1',
        '    shop: archived  bytes=1.0 MiB',
        '    crm: failed  code=s3.full  message="PutObject: 507"',
        '    wiki: skipped',
        '',
      ].join('\n'),
    );
    expect(shown((log) => log.info('run.started', { databases: ['shop', 'crm'] }))).toBe(
      '2026-11-23 03:00:00Z INFO:  run.started  databases=shop,crm\n',
    );
    expect(shown((log) => log.info('daemon.started', { databases: [{ name: 'shop' }] }))).toBe(
      '2026-11-23 03:00:00Z INFO:  daemon.started  databases=[{"name":"shop"}]\n',
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
    const speak = (log: AnyLog) =>
      log.error('x', { error: new IntegrityError('backup.none', 'c', { hint: 'd' }) });
    expect(shown(speak)).not.toContain('\x1b[');
    expect(shown(speak, true)).toContain('\x1b[31m');
  });
});
