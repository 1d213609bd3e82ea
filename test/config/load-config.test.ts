import { expect, test } from 'vitest';
import { BEARER_CANARY, load, ONE_DATABASE, SOUND, SOUND_BUT_DATABASES, without } from './workspace.ts';

test('what is left out has its default', () => {
  const { origin, scalingo, databases, ...rest } = load({});
  expect(origin.file).toBeUndefined();
  expect(scalingo).toMatchObject({
    region: 'osc-fr1',
    authUrl: 'https://auth.scalingo.com',
    apiUrl: 'https://api.osc-fr1.scalingo.com',
    databaseApiUrl: 'https://db-api.osc-fr1.scalingo.com',
    bearerToken: undefined,
  });
  const sections = {
    schedule: {
      cron: '0 3 * * *',
      timezone: 'UTC',
      jitter: 0,
      runOnStart: false,
      catchUp: true,
      retryAfter: 300_000,
    },
    backup: { mode: 'create', reuseWithin: 3_600_000, pollInterval: 15_000, timeout: 21_600_000 },
    retention: {
      keepLast: 0,
      keepDaily: 0,
      keepWeekly: 0,
      keepMonthly: 0,
      keepYearly: 0,
      keepWithin: undefined,
      minKeep: 1,
      allowMassDeletion: false,
      timezone: 'UTC',
    },
  };
  expect(databases).toEqual([{ name: 'shop', app: 'shop-app', id: 'ad-0001', ...sections }]);
  expect(rest).toMatchObject({
    ...sections,
    concurrency: 2,
    transfer: { stallTimeout: 60_000, maxAttempts: 8, verifySize: true },
    verify: { cron: undefined, within: 2_592_000_000, maxAge: undefined },
    alarm: { sizeDrop: 0.5 },
    s3: {
      bucket: 'archives',
      prefix: '',
      region: 'eu-west-3',
      endpoint: undefined,
      forcePathStyle: false,
      objectLock: undefined,
      tags: {},
      partSize: undefined,
      concurrency: undefined,
      maxParts: undefined,
      checksum: 'auto',
      maxUploadAge: 604_800_000,
    },
    log: { level: 'info', format: 'auto' },
  });
});

test('the environment wins over the file, and flags win over both', () => {
  const yaml = `${ONE_DATABASE}concurrency: 3\ns3: { partSize: 10MiB, concurrency: 2, maxParts: 50 }`;
  const env = { ...SOUND_BUT_DATABASES, S3_CONCURRENCY: '4', S3_MAX_PARTS: '60' };
  const { concurrency, s3, origin } = load({
    yaml,
    env,
    flags: { 's3.maxParts': 70, concurrency: undefined },
  });
  expect(concurrency).toBe(3);
  expect(s3).toMatchObject({ partSize: 10 * 2 ** 20, concurrency: 4, maxParts: 70 });
  expect(origin.file).toMatch(/\/config\/archiver\.yaml$/);
  expect(origin.variables).toContain('S3_CONCURRENCY');
  expect(origin.flags).toEqual(['s3.maxParts']);
});

test('an empty variable is an unset one, also that of a file', () => {
  const env = {
    ...SOUND_BUT_DATABASES,
    CONCURRENCY: '',
    SCALINGO_API_TOKEN_FILE: '',
    ARCHIVER_CONFIG: '',
    DATABASE_ID: '',
  };
  expect(load({ yaml: `${ONE_DATABASE}concurrency: 5`, env }).concurrency).toBe(5);
});

test('--config wins over ARCHIVER_CONFIG, which wins over the default file', () => {
  const files = { 'a.yaml': `${ONE_DATABASE}concurrency: 5`, 'b.yaml': `${ONE_DATABASE}concurrency: 6` };
  const yaml = `${ONE_DATABASE}concurrency: 4`;
  const env = { ...SOUND_BUT_DATABASES, ARCHIVER_CONFIG: 'a.yaml' };
  expect(load({ yaml, files, env, configFile: 'b.yaml' }).concurrency).toBe(6);
  expect(load({ yaml, files, env }).concurrency).toBe(5);
  expect(load({ yaml, files, env: SOUND_BUT_DATABASES }).concurrency).toBe(4);
});

test.each(['', '# nothing', 'null', 's3:\nlog: {}\nbackup: { mode: null }', '\ufeffconcurrency: 2'])(
  'a file may say nothing: %j',
  (yaml) => {
    expect(load({ yaml }).backup.mode).toBe('create');
  },
);

test('switches are read strictly, in any of their words', () => {
  const flag = (value: string): boolean =>
    load({ env: { ...SOUND, TRANSFER_VERIFY_SIZE: value } }).transfer.verifySize;
  for (const value of ['true', '1', 'yes', 'on', 'TRUE']) expect(flag(value)).toBe(true);
  for (const value of ['false', '0', 'no', 'off', 'No']) expect(flag(value)).toBe(false);
  expect(load({ yaml: 'transfer: { verifySize: no }' }).transfer.verifySize).toBe(false);
});

test('a database overrides key by key, whatever the general setting comes from', () => {
  const yaml = `
databases:
  - { name: a, app: x, id: ad-1, backup: { mode: mirror }, retention: { keepDaily: 3, keepWithin: 0d } }
  - { name: b, app: x, id: ad-2, schedule: { cron: 5 4 * * *, runOnStart: yes, retryAfter: 0 } }
retention: { keepDaily: 7, keepMonthly: 12, keepWithin: 1y6mo }
`;
  const [a, b] = load({
    yaml,
    env: { ...SOUND_BUT_DATABASES, BACKUP_MODE: 'latest', BACKUP_TIMEOUT: '2h' },
  }).databases;
  expect(a?.backup).toMatchObject({ mode: 'mirror', timeout: 7_200_000 });
  expect(a?.retention).toMatchObject({ keepDaily: 3, keepMonthly: 12, keepWithin: undefined });
  expect(b?.backup.mode).toBe('latest');
  expect(b?.schedule).toMatchObject({
    cron: '5 4 * * *',
    runOnStart: true,
    catchUp: true,
    retryAfter: 0,
  });
  expect(b?.retention).toMatchObject({ keepDaily: 7, keepWithin: '1y6mo' });
});

test('two hundred databases may share one anchor', () => {
  const entries = Array.from(
    { length: 200 },
    (_, i) => `  - { name: db-${i}, app: x, id: ad-${i}, schedule: *night }`,
  );
  const yaml = `schedule: &night { cron: 0 1 * * * }\ndatabases:\n${entries.join('\n')}`;
  const { databases } = load({ yaml, env: SOUND_BUT_DATABASES });
  expect(databases).toHaveLength(200);
  expect(databases[199]?.schedule.cron).toBe('0 1 * * *');
});

test('a single database is named by its application, or by its id', () => {
  expect(load({ env: without(SOUND, 'DATABASE_NAME') }).databases[0]?.name).toBe('shop-app');
  const env = { ...without(SOUND, 'DATABASE_NAME'), SCALINGO_APP: 'ShopApp' };
  expect(load({ env }).databases[0]).toMatchObject({ name: 'ad-0001', app: 'ShopApp' });
});

test('a bearer token needs no application', () => {
  const env = {
    ...without(SOUND, 'SCALINGO_API_TOKEN', 'SCALINGO_APP', 'DATABASE_NAME'),
    DB_BEARER_TOKEN: BEARER_CANARY,
  };
  const { scalingo, databases } = load({ env });
  expect(scalingo).toMatchObject({ apiToken: undefined, bearerToken: BEARER_CANARY });
  expect(databases[0]).toMatchObject({ name: 'ad-0001', app: undefined, id: 'ad-0001' });
});

test('the bucket alone needs no token and no database', () => {
  const { databases, s3 } = load({
    env: { S3_BUCKET: 'archives', AWS_REGION: 'eu-west-1' },
    needs: 'bucket',
  });
  expect(databases).toEqual([]);
  expect(s3.region).toBe('eu-west-1');
});

test.each([
  ['db-api.example.com', 'https://db-api.example.com'],
  ['db-api.example.com:8443/', 'https://db-api.example.com:8443'],
  ['http://127.0.0.1:9/base/', 'http://127.0.0.1:9/base'],
])('DB_API_URL=%s', (value, url) => {
  expect(load({ env: { ...SOUND, DB_API_URL: value } }).scalingo.databaseApiUrl).toBe(url);
});

test('a region of another place needs all three URLs', () => {
  const urls = {
    SCALINGO_AUTH_URL: 'http://a.test',
    SCALINGO_API_URL: 'http://b.test',
    DB_API_URL: 'http://c.test',
  };
  expect(load({ env: { ...SOUND, ...urls, SCALINGO_REGION: 'lab' } }).scalingo.region).toBe('lab');
});

test('the region of the secured zone gives its URLs', () => {
  const { scalingo } = load({ env: { ...SOUND, SCALINGO_REGION: 'osc-secnum-fr1' } });
  expect(scalingo.apiUrl).toBe('https://api.osc-secnum-fr1.scalingo.com');
  expect(scalingo.databaseApiUrl).toBe('https://db-api.osc-secnum-fr1.scalingo.com');
});

test('nothing of the process itself is read', () => {
  const argv = process.argv;
  process.argv = [...argv, '--concurrency=9', '--s3.bucket=other'];
  process.env.CONCURRENCY = '9';
  try {
    const { concurrency, s3 } = load({});
    expect([concurrency, s3.bucket]).toEqual([2, 'archives']);
  } finally {
    process.argv = argv;
    delete process.env.CONCURRENCY;
  }
});
