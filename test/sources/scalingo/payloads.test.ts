import { describe, expect, it } from 'vitest';
import {
  parseArchiveLink,
  parseBackupList,
  parseCreatedBackup,
  parseDatabaseInfo,
} from '../../../src/sources/scalingo/api/payloads.ts';
import { ScalingoError } from '../../../src/sources/scalingo/api/scalingo-error.ts';
import { DONE_BACKUP } from './scalingo-fixture.ts';

const SOURCE = { operation: 'GET /api/databases/ad-1/backups', status: 200, requestId: 'req-9' };

function listOf(...changes: Record<string, unknown>[]) {
  return parseBackupList(
    { database_backups: changes.map((change) => ({ ...DONE_BACKUP, ...change })) },
    SOURCE,
  );
}

function only(change: Record<string, unknown>) {
  const [backup] = listOf(change);
  if (backup === undefined) throw new Error('no backup was read');
  return backup;
}

/** The error that `read` must throw. */
function invalid(read: () => unknown): ScalingoError {
  try {
    read();
  } catch (error) {
    if (error instanceof ScalingoError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a list of backups', () => {
  it('is the example of the documentation, newest first', () => {
    const examples = [
      {
        id: '5bb95a904ffb096e9a2831b8',
        created_at: '2018-10-07T03:00:00.150+02:00',
        size: 0,
        status: 'error',
      },
      { id: '5b8b36104ffb090be1ac3ce1' },
      {
        id: '5bde44904ffb096c714be89c',
        created_at: '2018-11-04T02:00:00.154+01:00',
        size: 0,
        status: 'pending',
      },
    ];
    expect(listOf(...examples).map(({ id, size, status }) => [id, size, status])).toEqual([
      ['5bde44904ffb096c714be89c', null, 'pending'],
      ['5bb95a904ffb096e9a2831b8', null, 'error'],
      ['5b8b36104ffb090be1ac3ce1', 17484513608, 'done'],
    ]);
  });

  it('may be empty', () => {
    expect(listOf()).toEqual([]);
  });

  it.each([
    ['2018-09-02T03:00:00.178+02:00', '2018-09-02T01:00:00.178Z'],
    ['2018-09-02T03:00:00Z', '2018-09-02T03:00:00.000Z'],
    ['2018-09-02T03:00:00.123456789Z', '2018-09-02T03:00:00.123Z'],
    ['2018-09-02T03:00:00.5-0930', '2018-09-02T12:30:00.500Z'],
    ['2018-09-02 03:00:00 +02:00'.replace(' +', '+'), '2018-09-02T01:00:00.000Z'],
    ['2024-02-29T23:30:00-01:00', '2024-03-01T00:30:00.000Z'],
  ])('reads the time %s', (text, utc) => {
    expect(only({ created_at: text }).createdAt.toISOString()).toBe(utc);
  });

  it.each([
    ['scheduled', null, null],
    ['pending', 0, null],
    ['running', undefined, null],
    ['running', 123, null],
    ['done', 5, 5],
    ['done', 0, 0],
    ['done', null, null],
    ['some-new-word', 0, null],
  ])('with status %s and size %s has size %s', (status, size, expected) => {
    expect(only({ status, size })).toMatchObject({ status, size: expected });
  });

  it.each([
    ['started_at', null],
    ['started_at', undefined],
    ['started_at', ''],
    ['method', undefined],
    ['method', null],
  ])('may lack %s (%s)', (field, value) => {
    const backup = only({ [field]: value });
    expect(field === 'method' ? backup.method : backup.startedAt).toBeNull();
  });

  it.each([
    ['id', undefined, 'missing'],
    ['id', 5, 'a number'],
    ['id', '', 'empty'],
    ['id', '../../etc', 'a string'],
    ['id', 'a_b', 'a string'],
    ['created_at', undefined, 'missing'],
    ['created_at', null, 'null'],
    ['created_at', 1535850000, 'a number'],
    ['created_at', '2018-09-02T03:00:00', 'a string'],
    ['created_at', 'yesterday', 'a string'],
    ['created_at', '2018-02-31T03:00:00Z', 'a string'],
    ['created_at', '2018-13-01T03:00:00Z', 'a string'],
    ['started_at', 'soon', 'a string'],
    ['name', undefined, 'missing'],
    ['database_id', undefined, 'missing'],
    ['database_id', {}, 'an object'],
    ['status', undefined, 'missing'],
    ['status', null, 'null'],
    ['size', '17484513608', 'a string'],
    ['size', -1, 'a number'],
    ['size', 1.5, 'a number'],
    ['size', 2 ** 60, 'a number'],
    ['method', [], 'an array'],
  ])('with %s = %j is refused whole', (field, value, kind) => {
    const error = invalid(() => listOf({}, { [field]: value }));
    expect(error).toMatchObject({ code: 'scalingo.invalid_payload', requestId: 'req-9', retryable: false });
    expect(error.message).toContain(
      `GET /api/databases/ad-1/backups was answered 200, but "database_backups[1].${field}" is ${kind}`,
    );
    expect(error.toJSON()).toMatchObject({ field: `database_backups[1].${field}`, status: 200 });
  });

  it.each([
    [null, 'the response is null'],
    [[], 'the response is an array'],
    ['text', 'the response is a string'],
    [{}, '"database_backups" is missing'],
    [{ database_backups: null }, '"database_backups" is null'],
    [{ database_backups: {} }, '"database_backups" is an object'],
    [{ database_backups: [null] }, '"database_backups[0]" is null'],
    [{ error: 'no' }, '"database_backups" is missing'],
  ])('is not %j', (payload, text) => {
    expect(invalid(() => parseBackupList(payload, SOURCE)).message).toContain(text);
  });
});

describe('a created backup', () => {
  it('is wrapped', () => {
    expect(parseCreatedBackup({ database_backup: DONE_BACKUP }, SOURCE).id).toBe(DONE_BACKUP.id);
    expect(invalid(() => parseCreatedBackup(DONE_BACKUP, SOURCE)).message).toContain(
      '"database_backup" is missing',
    );
  });
});

const NOTHING_SAID = {
  status: null,
  operation: null,
  ownBackups: null,
  ownBackupHours: [],
  maintenance: null,
};

describe('the database', () => {
  it('has a type; the rest is told where it is', () => {
    const database = {
      type_name: 'postgresql',
      readable_version: '14.10-1',
      plan: 'starter',
      status: 'running',
      current_operation_id: 'op-1',
      periodic_backups_enabled: true,
      periodic_backups_scheduled_at: [3, 15],
      maintenance_window: { weekday_utc: 0, starting_hour_utc: 22, duration_in_hour: 8 },
    };
    expect(parseDatabaseInfo({ database }, SOURCE)).toEqual({
      engine: 'postgresql',
      engineVersion: '14.10-1',
      manualBackupsKept: 10,
      notDownloadable: null,
      upkeep: {
        status: 'running',
        operation: 'op-1',
        ownBackups: true,
        ownBackupHours: [3, 15],
        maintenance: { weekday: 0, hour: 22, hours: 8 },
      },
    });
    expect(parseDatabaseInfo({ database: { type_name: 'redis', plan: { id: 1 } } }, SOURCE)).toEqual({
      engine: 'redis',
      engineVersion: null,
      manualBackupsKept: 10,
      notDownloadable: null,
      upkeep: NOTHING_SAID,
    });
    // Of these no backup depends on: what is of another form is not known.
    const odd = {
      type_name: 'redis',
      status: 7,
      current_operation_id: {},
      periodic_backups_enabled: 'yes',
      periodic_backups_scheduled_at: [24, -1, '3', 1.5],
      maintenance_window: { weekday_utc: 7, starting_hour_utc: 1, duration_in_hour: 0 },
    };
    expect(parseDatabaseInfo({ database: odd }, SOURCE).upkeep).toEqual(NOTHING_SAID);
    const single = { type_name: 'redis', periodic_backups_scheduled_at: 4, maintenance_window: [] };
    expect(parseDatabaseInfo({ database: single }, SOURCE).upkeep).toEqual({
      ...NOTHING_SAID,
      ownBackupHours: [4],
    });
    const dedicated = { type_name: 'elasticsearch', plan: 'elasticsearch-business-1g' };
    expect(parseDatabaseInfo({ database: dedicated }, SOURCE)).toMatchObject({
      manualBackupsKept: 50,
      notDownloadable: 'Scalingo does not let Elasticsearch backups be downloaded.',
    });
    expect(invalid(() => parseDatabaseInfo({ database: {} }, SOURCE)).message).toContain(
      '"database.type_name"',
    );
  });
});

describe('an archive link', () => {
  const secret = '?token=CANARY';
  it.each([
    [`https://db-api.example/x${secret}`, true, true],
    [`http://db-api.example/x${secret}`, true, false],
    [`http://db-api.example/x${secret}`, false, true],
    [`https://db-api.example/x${secret}`, false, true],
    [`file:///etc/passwd${secret}`, false, false],
    [`/relative${secret}`, false, false],
    ['', false, false],
    [undefined, false, false],
  ])('%s (https needed: %s) passes: %s', (link, secure, passes) => {
    const api = `${secure ? 'https' : 'http'}://db-api.example`;
    const read = () => parseArchiveLink({ download_url: link }, SOURCE, api);
    if (passes) {
      expect(read()).toBe(link);
      return;
    }
    const error = invalid(read);
    expect(error.toJSON()).toMatchObject({ code: 'scalingo.invalid_payload', field: 'download_url' });
    expect(JSON.stringify(error)).not.toContain('CANARY');
  });

  it.each([
    'localhost',
    'LOCALHOST.',
    'db.localhost',
    '127.0.0.1',
    '127.9.9.9',
    '2130706433',
    '0x7f.1',
    '0.0.0.0',
    '169.254.169.254',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:169.254.169.254]',
    '[fe80::1]',
    '[febf::1]',
    '[fd00:ec2::254]',
  ])('to %s passes only where the API is here too', (host) => {
    const link = `https://${host}:8443/x${secret}`;
    const read = (api: string) => parseArchiveLink({ download_url: link }, SOURCE, api);
    expect(read('https://127.0.0.1:4')).toBe(link);
    expect(read('http://localhost:4')).toBe(link);
    const error = invalid(() => read('https://db-api.osc-fr1.scalingo.com'));
    expect(error.message).toContain('not an https URL of another machine');
    expect(JSON.stringify(error)).not.toContain('CANARY');
  });

  it.each(['10.0.0.1', '192.168.1.1', '[fd00::1]', 'localhost.example', '128.0.0.1', '[2001:db8::1]'])(
    'to %s passes',
    (host) => {
      const link = `https://${host}/x`;
      expect(parseArchiveLink({ download_url: link }, SOURCE, 'https://db-api.example')).toBe(link);
    },
  );
});
