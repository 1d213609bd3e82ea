import { Document, isMap, isScalar } from 'yaml';
import { exactDuration, exactSize } from '../formats/units.ts';
import type { Config, DatabaseConfig } from '../schema/config.ts';
import { MASK, maskCertain } from './mask.ts';
import { secretsOf } from './secrets.ts';

/**
 * The effective configuration as YAML, every key in the order of the schema, `null` where it is unset. It can
 * be read back, with the secrets given by the environment: here they are `***`.
 */
export function printConfig(config: Config): string {
  const tree = masked(treeOf(config), secretsOf(config));
  const document = new Document(tree);
  document.commentBefore = header(config);
  if (isMap(document.contents)) {
    for (const { key } of document.contents.items.slice(1)) if (isScalar(key)) key.spaceBefore = true;
  }
  return document.toString({ lineWidth: 0 });
}

function header({ origin }: Config): string {
  const listed = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));
  return [
    'The effective configuration of backup-archiver. Secrets are masked.',
    `File: ${origin.file === undefined ? 'none' : JSON.stringify(maskCertain(origin.file, []))}`,
    `Environment: ${listed(origin.variables)}`,
    `Command line: ${listed(origin.flags)}`,
  ]
    .map((line) => ` ${line}`)
    .join('\n');
}

function treeOf(config: Config): Record<string, unknown> {
  const { scalingo, s3, transfer } = config;
  return {
    scalingo: {
      apiToken: secret(scalingo.apiToken),
      bearerToken: secret(scalingo.bearerToken),
      region: scalingo.region,
      authUrl: scalingo.authUrl,
      apiUrl: scalingo.apiUrl,
      databaseApiUrl: scalingo.databaseApiUrl,
    },
    databases: config.databases.map((database) => databaseTree(database, config)),
    concurrency: config.concurrency,
    ...sectionsTree(config),
    transfer: { ...transfer, stallTimeout: exactDuration(transfer.stallTimeout) },
    s3: {
      bucket: s3.bucket,
      prefix: s3.prefix,
      region: s3.region,
      endpoint: s3.endpoint ?? null,
      forcePathStyle: s3.forcePathStyle,
      accessKeyId: secret(s3.accessKeyId),
      secretAccessKey: secret(s3.secretAccessKey),
      sessionToken: secret(s3.sessionToken),
      storageClass: s3.storageClass ?? null,
      sse: s3.sse ?? null,
      kmsKeyId: s3.kmsKeyId ?? null,
      objectLock: { mode: s3.objectLock?.mode ?? null, days: s3.objectLock?.days ?? null },
      tags: s3.tags,
      caFile: s3.caFile ?? null,
      partSize: s3.partSize === undefined ? null : exactSize(s3.partSize),
      concurrency: s3.concurrency ?? null,
      maxParts: s3.maxParts ?? null,
      checksum: s3.checksum,
      maxUploadAge: exactDuration(s3.maxUploadAge),
    },
    log: { ...config.log },
    http: { port: config.http.port ?? null, host: config.http.host ?? null },
    notify: { pingUrl: secret(config.notify.pingUrl), webhookUrl: secret(config.notify.webhookUrl) },
  };
}

function secret(value: string | undefined): string | null {
  return value === undefined ? null : MASK;
}

type Sections = Pick<DatabaseConfig, 'schedule' | 'backup' | 'retention'>;

function sectionsTree({ schedule, backup, retention }: Sections): Record<string, Record<string, unknown>> {
  return {
    schedule: { ...schedule, jitter: exactDuration(schedule.jitter) },
    backup: {
      mode: backup.mode,
      reuseWithin: exactDuration(backup.reuseWithin),
      pollInterval: exactDuration(backup.pollInterval),
      timeout: exactDuration(backup.timeout),
    },
    retention: { ...retention, keepWithin: retention.keepWithin ?? null },
  };
}

/** A database with what it has otherwise than the general settings. */
function databaseTree(database: DatabaseConfig, general: Sections): Record<string, unknown> {
  const tree: Record<string, unknown> = { name: database.name, app: database.app ?? null, id: database.id };
  const generally = sectionsTree(general);
  for (const [section, values] of Object.entries(sectionsTree(database))) {
    const own = Object.entries(values).filter(([key, value]) => generally[section]?.[key] !== value);
    // A rule that is taken back: `null` would mean that the general one holds.
    const written = own.map(([key, value]) => [key, value ?? '0d']);
    if (written.length > 0) tree[section] = Object.fromEntries(written);
  }
  return tree;
}

/** No text passes that holds a secret, whichever key it stands under. */
function masked(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return maskCertain(value, secrets);
  if (Array.isArray(value)) return value.map((item) => masked(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [maskCertain(key, secrets), masked(item, secrets)]),
  );
}
