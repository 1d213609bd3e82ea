import { describe, expect, it } from 'vitest';
import { misspeltVariables } from '../../src/config/rules/misspelt-variables.ts';
import { settings } from '../../src/config/schema/schema.ts';
import { load, problemsOf, SOUND, without } from './workspace.ts';

describe('a variable that is nearly one of ours', () => {
  it.each([
    ['BACKUP_MOD', 'BACKUP_MODE'],
    ['BAKCUP_MODE', 'BACKUP_MODE'],
    ['backup_mode', 'BACKUP_MODE'],
    ['S3_PREFX', 'S3_PREFIX'],
    ['S3PREFIX', 'S3_PREFIX'],
    ['S3_PART_SIEZ', 'S3_PART_SIZE'],
    ['SCHEDULE_CORN', 'SCHEDULE_CRON'],
    ['SCHEDULE_TIME_ZONE', 'SCHEDULE_TIMEZONE'],
    ['RETENTION_KEEP_DAYLY', 'RETENTION_KEEP_DAILY'],
    ['TRANSFER_STALLTIMEOUT', 'TRANSFER_STALL_TIMEOUT'],
    ['SCALINGO_REGOIN', 'SCALINGO_REGION'],
    ['LOG_LEVL', 'LOG_LEVEL'],
    ['HTTP_PROT', 'HTTP_PORT'],
    ['NOTIFY_PING_ULR', 'NOTIFY_PING_URL'],
    ['NOTIFY_PING_URL_FIL', 'NOTIFY_PING_URL_FILE'],
    ['CONCURENCY', 'CONCURRENCY'],
    ['AWS_SECRET_ACCES_KEY', 'AWS_SECRET_ACCESS_KEY'],
    ['ARCHIVER_CONFG', 'ARCHIVER_CONFIG'],
    // Not a secret: the file that it names is not read.
    ['S3_BUCKET_FILE', 'S3_BUCKET'],
  ])('%s is found: %s was meant', (variable, meant) => {
    expect(misspeltVariables([variable])).toEqual([{ variable, meant }]);
    expect(load({ env: { ...SOUND, [variable]: 'x' } }).origin.misspelt).toEqual([{ variable, meant }]);
    expect(load({ env: { ...SOUND, [variable]: '' } }).origin.misspelt).toEqual([]);
  });

  it('is found by its name when each of ours has two letters swapped', () => {
    for (const { env } of settings.values()) {
      if (env === undefined) continue;
      const swapped = `${env.slice(0, -2)}${env.slice(-1)}${env.slice(-2, -1)}`;
      if (swapped === env) continue;
      expect(misspeltVariables([swapped])).toEqual([{ variable: swapped, meant: env }]);
    }
  });
});

describe('a variable of others', () => {
  it.each([
    // Scalingo's, for an application and its addons.
    ...['SCALINGO_POSTGRESQL_URL', 'SCALINGO_MYSQL_URL', 'SCALINGO_REDIS_URL', 'SCALINGO_MONGO_URL'],
    ...[
      'SCALINGO_ELASTICSEARCH_URL',
      'SCALINGO_INFLUX_URL',
      'DATABASE_URL',
      'WEB_CONCURRENCY',
      'REGION_NAME',
    ],
    ...['PORT', 'APP', 'CONTAINER', 'CONTAINER_SIZE', 'CONTAINER_MEMORY', 'SOURCE_VERSION', 'STACK'],
    // Kubernetes' and Docker's, of services named like our prefixes.
    ...['KUBERNETES_SERVICE_HOST', 'KUBERNETES_PORT', 'S3_PORT', 'S3_SERVICE_HOST', 'S3_SERVICE_PORT'],
    ...[
      'HTTP_SERVICE_PORT',
      'HTTP_PORT_80_TCP',
      'HTTP_PORT_80_TCP_ADDR',
      'DATABASE_PORT',
      'DATABASE_SERVICE_HOST',
    ],
    ...['BACKUP_PORT', 'LOG_PORT', 'LOG_SERVICE_PORT_HTTP', 'NOTIFY_PORT'],
    // The AWS SDK's, proxies', and what other programs read.
    ...['AWS_PROFILE', 'AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_DEFAULT_REGION', 'AWS_ACCESS_KEY'],
    ...['AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_SECURITY_TOKEN', 'AWS_SECRET_KEY', 'AWS_ENDPOINT_URL_S3'],
    ...['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_CA_BUNDLE', 'AWS_REGION'],
    ...[
      'HTTP_PROXY',
      'HTTPS_PROXY',
      'NO_PROXY',
      'http_proxy',
      'https_proxy',
      'no_proxy',
      'ALL_PROXY',
      'all_proxy',
    ],
    ...['DATABASE_HOST', 'DATABASE_USER', 'DATABASE_PASSWORD', 'DATABASE_DB', 'DB_HOST', 'DB_URL', 'S3_ACL'],
    ...['PATH', 'HOME', 'HOSTNAME', 'LANG', 'TZ', 'NODE_OPTIONS', 'NODE_ENV', 'JOB_COMPLETION_INDEX'],
    'BACKUP\nMODE',
  ])('%s is left alone', (variable) => {
    expect(misspeltVariables([variable])).toEqual([]);
  });

  it('and each of ours, and the file of each secret, is none', () => {
    const ours = [...settings.values()].flatMap(({ env, sensitive }) =>
      env === undefined ? [] : sensitive === true ? [env, `${env}_FILE`] : [env],
    );
    expect(misspeltVariables(ours)).toEqual([]);
  });

  it('of ours is never offered as the misspelling of one that is missing', () => {
    const env = { ...without(SOUND, 'SCALINGO_API_TOKEN'), SCALINGO_API_URL: 'https://api.example.com' };
    const [line] = problemsOf({ env });
    expect(line).toMatch(/^scalingo\.apiToken .*is missing/);
    expect(line).not.toContain('did you mean');
  });
});
