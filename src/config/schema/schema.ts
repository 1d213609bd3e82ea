import { databaseIdentity, databaseSections } from './database-schema.ts';
import { proxySection } from './proxy-schema.ts';
import { s3Section } from './s3-schema.ts';
import { type Section, type Setting, settingsOf } from './setting.ts';

/** Scalingo's regions, each with its three services (https://developers.scalingo.com). */
export const REGIONS = ['osc-fr1', 'osc-secnum-fr1'] as const;

/**
 * The one schema: YAML, environment, flags, secret files, messages and the reference in
 * `docs/configuration.md` all come from it.
 */
export const schema = {
  scalingo: {
    apiToken: {
      doc: 'An API token; it is exchanged for short-lived ones. This or the bearer token is required.',
      format: 'apiToken',
      default: null,
      env: 'SCALINGO_API_TOKEN',
      sensitive: true,
    },
    bearerToken: {
      doc: 'A ready token of one database, good for an hour: for one-shot runs, instead of an API token.',
      format: 'bearerToken',
      default: null,
      env: 'DB_BEARER_TOKEN',
      sensitive: true,
    },
    region: {
      doc: 'The region of the databases; it gives the three URLs below.',
      format: 'region',
      default: 'osc-fr1',
      env: 'SCALINGO_REGION',
      example: 'osc-secnum-fr1',
    },
    authUrl: {
      doc: 'The authentication service.',
      format: 'url',
      default: null,
      fallback: () => 'https://auth.scalingo.com',
      defaultNote: '`https://auth.scalingo.com`',
      env: 'SCALINGO_AUTH_URL',
    },
    apiUrl: {
      doc: 'The main API.',
      format: 'url',
      default: null,
      fallback: ({ text }) => `https://api.${text('scalingo.region')}.scalingo.com`,
      defaultNote: '`https://api.<region>.scalingo.com`',
      env: 'SCALINGO_API_URL',
    },
    databaseApiUrl: {
      doc: 'The Database API; a bare host means https.',
      format: 'urlOrHost',
      default: null,
      fallback: ({ text }) => `https://db-api.${text('scalingo.region')}.scalingo.com`,
      defaultNote: '`https://db-api.<region>.scalingo.com`',
      env: 'DB_API_URL',
    },
  },
  databases: {
    doc: 'The databases to archive; see below. At least one is required, here or by the three variables.',
    format: 'list',
    default: null,
  },
  database: {
    name: {
      ...databaseIdentity.name,
      doc: 'The name of the single database.',
      defaultNote: '`SCALINGO_APP` where that can be a name, else `DATABASE_ID`',
      env: 'DATABASE_NAME',
      environmentOnly: true,
    },
    app: {
      ...databaseIdentity.app,
      doc: 'The Scalingo application of the single database.',
      env: 'SCALINGO_APP',
      environmentOnly: true,
    },
    id: {
      ...databaseIdentity.id,
      doc: 'The addon id of the single database.',
      env: 'DATABASE_ID',
      environmentOnly: true,
    },
  },
  concurrency: {
    doc: 'Databases worked on at once.',
    format: 'count',
    min: 1,
    max: 64,
    default: 2,
    env: 'CONCURRENCY',
  },
  ...databaseSections,
  transfer: {
    stallTimeout: {
      doc: 'How long no byte may come, while one is waited for, before the download is begun anew.',
      format: 'duration',
      min: '100ms',
      max: '1h',
      default: '60s',
      env: 'TRANSFER_STALL_TIMEOUT',
    },
    maxAttempts: {
      doc: 'Attempts in a row without progress before the transfer has failed.',
      format: 'count',
      min: 1,
      max: 1000,
      default: 8,
      env: 'TRANSFER_MAX_ATTEMPTS',
    },
    verifySize: {
      doc: "Whether the bytes must be as many as the API's `size` says; the gzip check stays without it.",
      format: 'flag',
      default: true,
      env: 'TRANSFER_VERIFY_SIZE',
    },
  },
  verify: {
    cron: {
      doc: 'When the share of the archives that is due is read back, in the time zone of `schedule.timezone`; five or six fields.',
      format: 'cron',
      default: null,
      defaultNote: 'no archive is read back by a schedule',
      env: 'VERIFY_CRON',
      example: '0 5 * * *',
    },
    within: {
      doc: 'Each archive is read back at least once in this time, the longest unread first.',
      format: 'duration',
      min: '1d',
      max: '3650d',
      default: '30d',
      env: 'VERIFY_WITHIN',
    },
    maxAge: {
      doc: 'An archive that was not read back and found whole for longer than this is unverified: `status` exits 1, and metrics count it.',
      format: 'duration',
      min: '1d',
      max: '3650d',
      default: null,
      defaultNote: 'twice `verify.within` where `verify.cron` is set, else none is ever called unverified',
      env: 'VERIFY_MAX_AGE',
      example: '90d',
    },
  },
  alarm: {
    sizeDrop: {
      doc: 'An archive that is so much smaller than the median of the seven before is suspicious (`archive.suspicious`): while the newest is, retention of its database deletes nothing.',
      format: 'percent',
      default: '50%',
      env: 'ALARM_SIZE_DROP',
    },
  },
  s3: s3Section,
  restoreTest: {
    postgresqlUrl: {
      doc: 'A PostgreSQL server on which `restore-test` may create a database of its own, and drop it.',
      format: 'postgresqlUrl',
      default: null,
      env: 'RESTORE_TEST_POSTGRESQL_URL',
      sensitive: true,
    },
    mysqlUrl: {
      doc: 'The same of MySQL or MariaDB.',
      format: 'mysqlUrl',
      default: null,
      env: 'RESTORE_TEST_MYSQL_URL',
      sensitive: true,
    },
    cron: {
      doc: 'When the daemon restores the newest archive of each database there, in `schedule.timezone`.',
      format: 'cron',
      default: null,
      defaultNote: 'never',
      env: 'RESTORE_TEST_CRON',
      example: '0 6 * * 0',
    },
  },
  log: {
    level: {
      doc: 'The least important lines that are written.',
      format: 'choice',
      values: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      default: 'info',
      env: 'LOG_LEVEL',
    },
    format: {
      doc: '`auto` is `pretty` on a terminal and `json` elsewhere.',
      format: 'choice',
      values: ['auto', 'json', 'pretty'],
      default: 'auto',
      env: 'LOG_FORMAT',
    },
  },
  http: {
    port: {
      doc: 'Where the daemon serves `/healthz`, `/readyz` and `/metrics` (metrics.md).',
      format: 'count',
      min: 1,
      max: 65_535,
      default: null,
      defaultNote: 'nothing is served',
      env: 'HTTP_PORT',
      example: '8080',
    },
    host: {
      doc: 'The address to listen on.',
      format: 'host',
      default: null,
      defaultNote: 'every address',
      env: 'HTTP_HOST',
      example: '127.0.0.1',
    },
  },
  proxy: proxySection,
  notify: {
    pingUrl: {
      doc: 'A dead-man switch that is called when a run starts, succeeds and fails (notifications.md).',
      format: 'secretUrl',
      default: null,
      env: 'NOTIFY_PING_URL',
      sensitive: true,
    },
    webhookUrl: {
      doc: 'Is sent a JSON summary of every run (notifications.md).',
      format: 'secretUrl',
      default: null,
      env: 'NOTIFY_WEBHOOK_URL',
      sensitive: true,
    },
  },
} as const satisfies Section;

/** Every key of the schema by its dotted name, in its order. */
export const settings: ReadonlyMap<string, Setting> = settingsOf(schema);
