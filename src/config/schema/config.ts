/** The effective configuration: everything resolved, units in milliseconds and bytes. */
export interface Config {
  /** What it was read from. */
  readonly origin: ConfigOrigin;
  readonly scalingo: ScalingoConfig;
  /** At least one, except where the bucket alone was asked for. */
  readonly databases: readonly DatabaseConfig[];
  /** Databases worked on at once. */
  readonly concurrency: number;
  /** The general settings; each database holds its own, overrides included. */
  readonly schedule: ScheduleConfig;
  readonly backup: BackupConfig;
  readonly retention: RetentionConfig;
  readonly transfer: TransferConfig;
  readonly s3: S3Config;
  readonly log: LogConfig;
  readonly http: HttpConfig;
  readonly notify: NotifyConfig;
}

/** Where the effective configuration came from; names only, no values. */
export interface ConfigOrigin {
  /** Absolute path of the YAML file; `undefined`: none was read. */
  readonly file: string | undefined;
  /** The variables that took part, as they are set (`NAME_FILE` for a secret's file). */
  readonly variables: readonly string[];
  /** The keys set on the command line. */
  readonly flags: readonly string[];
}

export interface ScalingoConfig {
  readonly region: string;
  /** The URLs end without a slash, and are http or https. */
  readonly authUrl: string;
  readonly apiUrl: string;
  readonly databaseApiUrl: string;
  /** Exactly one of `apiToken` and `bearerToken` is set, except where the bucket alone was asked for. */
  readonly apiToken: string | undefined;
  readonly bearerToken: string | undefined;
}

/** One database, its overrides laid over the general settings. */
export interface DatabaseConfig {
  readonly name: string;
  /** `undefined` only with a bearer token, which needs no application. */
  readonly app: string | undefined;
  /** The addon id, `ad-…`. */
  readonly id: string;
  readonly schedule: ScheduleConfig;
  readonly backup: BackupConfig;
  readonly retention: RetentionConfig;
}

export interface ScheduleConfig {
  /** A croner pattern. */
  readonly cron: string;
  /** An IANA time zone. */
  readonly timezone: string;
  /** Milliseconds: each slot starts up to this much later, at random. */
  readonly jitter: number;
  readonly runOnStart: boolean;
  readonly catchUp: boolean;
}

export const BACKUP_MODES = ['create', 'latest', 'mirror'] as const;
export type BackupMode = (typeof BACKUP_MODES)[number];

export interface BackupConfig {
  readonly mode: BackupMode;
  /** Milliseconds; 0: never. */
  readonly reuseWithin: number;
  /** Milliseconds. */
  readonly pollInterval: number;
  /** Milliseconds; at least the poll interval. */
  readonly timeout: number;
}

/** restic's meanings; an absent or zero rule keeps nothing by itself; no rule at all keeps everything. */
export interface RetentionConfig {
  readonly keepLast: number;
  readonly keepDaily: number;
  readonly keepWeekly: number;
  readonly keepMonthly: number;
  readonly keepYearly: number;
  /**
   * As written: `90d`, `18mo`, `2y`, `1y6mo`, `36h`; y, mo, d and h in this order. Calendar units, so not
   * milliseconds. Never a span of nothing: that is no rule.
   */
  readonly keepWithin: string | undefined;
  readonly minKeep: number;
  /** Carry out also a plan that deletes more than half of a database's archives at once. */
  readonly allowMassDeletion: boolean;
  readonly timezone: string;
}

export interface TransferConfig {
  /** Milliseconds. */
  readonly stallTimeout: number;
  readonly maxAttempts: number;
  readonly verifySize: boolean;
}

export const SSE_KINDS = ['AES256', 'aws:kms', 'aws:kms:dsse'] as const;
export const LOCK_MODES = ['GOVERNANCE', 'COMPLIANCE'] as const;
export const CHECKSUM_MODES = ['auto', 'crc32', 'crc64nvme', 'sha256', 'none'] as const;

export interface S3Config {
  readonly bucket: string;
  /** Empty, or ending in `/`. */
  readonly prefix: string;
  readonly region: string;
  readonly endpoint: string | undefined;
  readonly forcePathStyle: boolean;
  /** Both keys or neither; neither: the SDK's own chain. */
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
  readonly storageClass: string | undefined;
  readonly sse: (typeof SSE_KINDS)[number] | undefined;
  readonly kmsKeyId: string | undefined;
  readonly objectLock: { readonly mode: (typeof LOCK_MODES)[number]; readonly days: number } | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** Absolute path of a PEM file with the store's own CA. */
  readonly caFile: string | undefined;
  /** Bytes; `undefined`: chosen from the archive's size. */
  readonly partSize: number | undefined;
  /** Parts in flight; `undefined`: chosen with the part size so that memory stays bounded. */
  readonly concurrency: number | undefined;
  readonly maxParts: number | undefined;
  readonly checksum: (typeof CHECKSUM_MODES)[number];
  /** Milliseconds. */
  readonly maxUploadAge: number;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;

export interface LogConfig {
  readonly level: (typeof LOG_LEVELS)[number];
  /** `auto`: pretty on a terminal, else json. */
  readonly format: (typeof LOG_FORMATS)[number];
}

/** Health and metrics of the daemon. */
export interface HttpConfig {
  /** `undefined`: nothing is served. */
  readonly port: number | undefined;
  /** The address to listen on; `undefined`: every one of the machine. */
  readonly host: string | undefined;
}

/** Whom to tell of runs. Both URLs are secrets: who knows one can speak in this program's name. */
export interface NotifyConfig {
  /** healthchecks.io style: itself for a success, `/start` and `/fail` below it. */
  readonly pingUrl: string | undefined;
  readonly webhookUrl: string | undefined;
}
