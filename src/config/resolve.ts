import { ArchiverError } from '../model/errors.ts';
import type { GivenDatabase } from './rules/databases.ts';
import type {
  BackupConfig,
  Config,
  DatabaseConfig,
  RetentionConfig,
  S3Config,
  ScheduleConfig,
} from './schema/config.ts';
import * as kinds from './schema/config.ts';
import type { Settings } from './sources/settings.ts';

export interface Resolvable {
  readonly general: Settings;
  readonly databases: readonly GivenDatabase[];
  readonly origin: kinds.ConfigOrigin;
  readonly awsRegion: string | undefined;
  readonly caFile: string | undefined;
}

/** The configuration as the program takes it, once nothing is wrong with it any more. */
export function resolveConfig({ general, databases, origin, awsRegion, caFile }: Resolvable): Config {
  return {
    origin,
    scalingo: scalingo(general),
    databases: databases.map(({ settings }) => database(settings)),
    concurrency: number(general, 'concurrency'),
    schedule: schedule(general),
    backup: backup(general),
    retention: retention(general),
    transfer: {
      stallTimeout: number(general, 'transfer.stallTimeout'),
      maxAttempts: number(general, 'transfer.maxAttempts'),
      verifySize: flag(general, 'transfer.verifySize'),
    },
    s3: s3(general, awsRegion, caFile),
    log: {
      level: sure(general.oneOf('log.level', kinds.LOG_LEVELS), 'log.level'),
      format: sure(general.oneOf('log.format', kinds.LOG_FORMATS), 'log.format'),
    },
    http: { port: general.number('http.port'), host: general.text('http.host') },
    notify: { pingUrl: general.text('notify.pingUrl'), webhookUrl: general.text('notify.webhookUrl') },
  };
}

function scalingo(settings: Settings): Config['scalingo'] {
  const region = text(settings, 'scalingo.region');
  return {
    region,
    authUrl: settings.text('scalingo.authUrl') ?? 'https://auth.scalingo.com',
    apiUrl: settings.text('scalingo.apiUrl') ?? `https://api.${region}.scalingo.com`,
    databaseApiUrl: settings.text('scalingo.databaseApiUrl') ?? `https://db-api.${region}.scalingo.com`,
    apiToken: settings.text('scalingo.apiToken'),
    bearerToken: settings.text('scalingo.bearerToken'),
  };
}

function database(settings: Settings): DatabaseConfig {
  return {
    name: text(settings, 'name'),
    app: settings.text('app'),
    id: text(settings, 'id'),
    schedule: schedule(settings),
    backup: backup(settings),
    retention: retention(settings),
  };
}

function schedule(settings: Settings): ScheduleConfig {
  return {
    cron: text(settings, 'schedule.cron'),
    timezone: text(settings, 'schedule.timezone'),
    jitter: number(settings, 'schedule.jitter'),
    runOnStart: flag(settings, 'schedule.runOnStart'),
    catchUp: flag(settings, 'schedule.catchUp'),
  };
}

function backup(settings: Settings): BackupConfig {
  return {
    mode: sure(settings.oneOf('backup.mode', kinds.BACKUP_MODES), 'backup.mode'),
    reuseWithin: number(settings, 'backup.reuseWithin'),
    pollInterval: number(settings, 'backup.pollInterval'),
    timeout: number(settings, 'backup.timeout'),
  };
}

function retention(settings: Settings): RetentionConfig {
  const within = settings.text('retention.keepWithin');
  return {
    keepLast: number(settings, 'retention.keepLast'),
    keepDaily: number(settings, 'retention.keepDaily'),
    keepWeekly: number(settings, 'retention.keepWeekly'),
    keepMonthly: number(settings, 'retention.keepMonthly'),
    keepYearly: number(settings, 'retention.keepYearly'),
    // `0` and `0d` are how a database takes the general rule back.
    keepWithin: within !== undefined && /[1-9]/.test(within) ? within : undefined,
    minKeep: number(settings, 'retention.minKeep'),
    allowMassDeletion: flag(settings, 'retention.allowMassDeletion'),
    timezone: text(settings, 'retention.timezone'),
  };
}

function s3(settings: Settings, awsRegion: string | undefined, caFile: string | undefined): S3Config {
  const endpoint = settings.text('s3.endpoint');
  const lockMode = settings.oneOf('s3.objectLock.mode', kinds.LOCK_MODES);
  return {
    bucket: text(settings, 's3.bucket'),
    prefix: text(settings, 's3.prefix'),
    region: sure(settings.text('s3.region') ?? awsRegion ?? (endpoint && regionOf(endpoint)), 's3.region'),
    endpoint,
    forcePathStyle: settings.flag('s3.forcePathStyle') ?? endpoint !== undefined,
    accessKeyId: settings.text('s3.accessKeyId'),
    secretAccessKey: settings.text('s3.secretAccessKey'),
    sessionToken: settings.text('s3.sessionToken'),
    storageClass: settings.text('s3.storageClass'),
    sse: settings.oneOf('s3.sse', kinds.SSE_KINDS),
    kmsKeyId: settings.text('s3.kmsKeyId'),
    objectLock:
      lockMode === undefined ? undefined : { mode: lockMode, days: number(settings, 's3.objectLock.days') },
    tags: settings.map('s3.tags') ?? {},
    caFile,
    partSize: settings.number('s3.partSize'),
    concurrency: settings.number('s3.concurrency'),
    maxParts: settings.number('s3.maxParts'),
    checksum: sure(settings.oneOf('s3.checksum', kinds.CHECKSUM_MODES), 's3.checksum'),
    maxUploadAge: number(settings, 's3.maxUploadAge'),
  };
}

/**
 * The region that a store other than AWS proper is signed for where none is given: the one in the host's name
 * where its operator puts it there and insists on it, else AWS's first, which the others ignore.
 */
function regionOf(endpoint: string): string {
  const host = new URL(endpoint).hostname;
  return (
    /^s3[.-]([a-z0-9-]+)\.(?:(?:io\.|perf\.)?cloud\.ovh\.net|scw\.cloud|amazonaws\.com)$/.exec(host)?.[1] ??
    'us-east-1'
  );
}

function text(settings: Settings, key: string): string {
  return sure(settings.text(key), key);
}

function number(settings: Settings, key: string): number {
  return sure(settings.number(key), key);
}

function flag(settings: Settings, key: string): boolean {
  return sure(settings.flag(key), key);
}

/** What the schema's defaults and the rules have made sure of. */
function sure<T>(value: T | undefined, key: string): T {
  if (value !== undefined) return value;
  throw new ArchiverError('internal.error', `the setting ${key} was not checked`, {
    hint: 'This is a defect in backup-archiver: please report it.',
  });
}
