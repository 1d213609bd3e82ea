import { BEARER_CANARY, SOUND } from './workspace.ts';
import { testWrongCases, type WrongCase } from './wrong-case.ts';

/** One variable set to something wrong. */
function variable(name: string, value: string, line: string | RegExp, hidden: string[] = []): WrongCase {
  return { name: `${name}=${value.slice(0, 40)}`, env: { ...SOUND, [name]: value }, lines: [line], hidden };
}

const DURATION = /allowed: a duration with its unit \(ms, s, m, h, d\) from \S+ to \S+, such as 90s or 12h/
  .source;

testWrongCases([
  variable(
    'S3_PART_SIZE',
    '4MiB',
    's3.partSize (from the environment, S3_PART_SIZE): "4MiB" is less than 5MiB; allowed: a size from 5MiB to 5GiB, such as 64MiB',
  ),
  variable('S3_PART_SIZE', '6GiB', /^s3\.partSize .*: "6GiB" is more than 5GiB; allowed: a size/),
  variable(
    'S3_PART_SIZE',
    '64',
    /"64" is less than 5MiB; .*; without a unit these are bytes; did you mean 64MiB\?$/,
  ),
  variable('S3_PART_SIZE', '64m', /"64m" is not allowed; .*; write 64MiB$/),
  variable('S3_PART_SIZE', '-5MiB', /"-5MiB" is not allowed; allowed: a size/),
  variable(
    'BACKUP_TIMEOUT',
    '90',
    'backup.timeout (from the environment, BACKUP_TIMEOUT): "90" has no unit; allowed: a duration with its unit (ms, s, m, h, d) from 100ms to 24d, such as 90s or 12h; write 90s for seconds',
  ),
  variable('BACKUP_TIMEOUT', '30d', new RegExp(`^backup\\.timeout .*: "30d" is more than 24d; ${DURATION}$`)),
  variable('BACKUP_TIMEOUT', 'forever', new RegExp(`"forever" is not allowed; ${DURATION}$`)),
  variable('BACKUP_POLL_INTERVAL', '99ms', /^backup\.pollInterval .*: "99ms" is less than 100ms; allowed: /),
  variable('BACKUP_POLL_INTERVAL', '0', /"0" is less than 100ms; allowed: /),
  variable('S3_REGION', ' eu-west-3', /^s3\.region .*: " eu-west-3" has white space around it; allowed: /),
  variable('BACKUP_REUSE_WITHIN', '-1h', /^backup\.reuseWithin .*: "-1h" is not allowed; allowed: /),
  variable(
    'TRANSFER_STALL_TIMEOUT',
    '60',
    /^transfer\.stallTimeout .*: "60" has no unit; .*; write 60s for seconds$/,
  ),
  variable('S3_MAX_UPLOAD_AGE', '1w', /^s3\.maxUploadAge .*: "1w" is not allowed; allowed: /),
  variable('SCHEDULE_JITTER', '2d', /^schedule\.jitter .*: "2d" is more than 1d; allowed: /),
  variable(
    'CONCURRENCY',
    '0',
    'concurrency (from the environment, CONCURRENCY): "0" is less than 1; allowed: a whole number from 1 to 64',
  ),
  variable('CONCURRENCY', '2.5', /"2\.5" is not a whole number; allowed: a whole number from 1 to 64$/),
  variable('CONCURRENCY', '1e2', /"1e2" is not a whole number/),
  variable(
    'S3_MAX_PARTS',
    '10001',
    /^s3\.maxParts .*: "10001" is more than 10000; allowed: a whole number from 1 to 10000$/,
  ),
  variable('S3_CONCURRENCY', 'many', /^s3\.concurrency .*: "many" is not a whole number/),
  variable('TRANSFER_MAX_ATTEMPTS', '0', /^transfer\.maxAttempts .*: "0" is less than 1/),
  variable(
    'RETENTION_MIN_KEEP',
    '0',
    'retention.minKeep (from the environment, RETENTION_MIN_KEEP): "0" is less than 1; allowed: a whole number from 1 to 100000',
  ),
  variable('RETENTION_KEEP_LAST', '-1', /^retention\.keepLast .*: "-1" is less than 0/),
  variable('RETENTION_KEEP_DAILY', '7d', /^retention\.keepDaily .*: "7d" is not a whole number/),
  variable(
    'RETENTION_KEEP_WITHIN',
    '90',
    /^retention\.keepWithin .*: "90" has no unit; .*; write 90d for days$/,
  ),
  variable('RETENTION_KEEP_WITHIN', '18m', /"18m" is not allowed; allowed: .*; months are written mo$/),
  variable('RETENTION_KEEP_WITHIN', '2w', /"2w" is not allowed; .*; write 14d$/),
  variable(
    'RETENTION_KEEP_WITHIN',
    '6mo1y',
    /"6mo1y" is not allowed; allowed: years, months, days and hours in this order/,
  ),
  variable(
    'TRANSFER_VERIFY_SIZE',
    'nope',
    'transfer.verifySize (from the environment, TRANSFER_VERIFY_SIZE): "nope" is not allowed; allowed: true or false (also 1/0, yes/no, on/off)',
  ),
  variable('S3_FORCE_PATH_STYLE', '2', /^s3\.forcePathStyle .*: "2" is not allowed; allowed: true or false/),
  variable('SCHEDULE_RUN_ON_START', 'y', /^schedule\.runOnStart .*: "y" is not allowed/),
  variable(
    'SCHEDULE_TIMEZONE',
    'Europe/Pari',
    'schedule.timezone (from the environment, SCHEDULE_TIMEZONE): "Europe/Pari" is not a time zone; allowed: an IANA time zone, such as UTC or Europe/Paris; did you mean Europe/Paris?',
  ),
  variable('RETENTION_TIMEZONE', '+02:00', /^retention\.timezone .*: "\+02:00" is not a time zone/),
  variable(
    'SCHEDULE_CRON',
    '0 0 30 2 *',
    'schedule.cron (from the environment, SCHEDULE_CRON): "0 0 30 2 *" never fires; allowed: a cron pattern of five fields, or six with seconds first, such as "0 3 * * *"',
  ),
  variable('SCHEDULE_CRON', '0 25 * * *', /"0 25 \* \* \*" has an impossible hour; allowed: a cron pattern/),
  variable('SCHEDULE_CRON', '0 3 * *', /"0 3 \* \*" has 4 fields; allowed: /),
  variable('SCHEDULE_CRON', '0 0 3 * * * 2030', /has 7 fields; allowed: /),
  variable('SCHEDULE_CRON', '2030-01-01T03:00:00Z', /has one field; allowed: /),
  variable(
    'SCHEDULE_CRON',
    'every night at three o clock',
    /"every night at three o clock" is not a cron pattern; allowed: /,
  ),
  variable(
    'BACKUP_MODE',
    'lastest',
    'backup.mode (from the environment, BACKUP_MODE): "lastest" is not allowed; allowed: one of create, latest, mirror; did you mean latest?',
  ),
  variable(
    'LOG_LEVEL',
    'verbose',
    /^log\.level .*: "verbose" is not allowed; allowed: one of trace, debug, info, warn, error, fatal, silent$/,
  ),
  variable('LOG_FORMAT', 'JSON', /^log\.format .*: "JSON" is not allowed; .*; did you mean json\?$/),
  variable(
    'S3_CHECKSUM',
    'md5',
    /^s3\.checksum .*: "md5" is not allowed; allowed: one of auto, crc32, crc64nvme, sha256, none$/,
  ),
  variable('S3_SSE', 'aws-kms', /^s3\.sse .*: "aws-kms" is not allowed; .*AES256, aws:kms, aws:kms:dsse/),
  variable(
    'S3_BUCKET',
    's3://archives/shop',
    /^s3\.bucket .*: "s3:\/\/archives\/shop" is not allowed; .*; only the name: no s3:\/\//,
  ),
  variable(
    'S3_PREFIX',
    'a/../b',
    /^s3\.prefix .*: "a\/\.\.\/b" has a segment "\." or "\.\."; allowed: a folder/,
  ),
  variable('S3_PREFIX', '.locks/x', /".locks\/x" has a segment "\.locks", where the leases lie/),
  variable('S3_PREFIX', 'a\u0007b', /^s3\.prefix .*: "a\\u0007b" has a control character/),
  variable('S3_PREFIX', 'a//b', /"a\/\/b" has an empty segment/),
  variable('S3_PREFIX', 's3://archives/x', /"s3:\/\/archives\/x" is a URL, not a folder/),
  variable(
    'S3_ENDPOINT',
    's3.fr-par.scw.cloud',
    /^s3\.endpoint .*: "s3\.fr-par\.scw\.cloud" is not an http:\/\/ or https:\/\/ URL; .*; write https:\/\/ before it$/,
  ),
  variable(
    'S3_ENDPOINT',
    'https://user:hunter2hunter2@s3.example.com',
    /"https:\/\/\*\*\*@s3\.example\.com" holds a user or a password/,
    ['hunter2'],
  ),
  variable('S3_ENDPOINT', 'ftp://s3.example.com', /"ftp:\/\/s3\.example\.com" is not an http/),
  variable(
    'SCALINGO_API_URL',
    'https://api.osc-fr1.scalingo.com/v1',
    /^scalingo\.apiUrl .* ends in \/v1; .*; leave that out/,
  ),
  variable(
    'SCALINGO_AUTH_URL',
    'https://auth.example.com/?token=hunter2hunter2',
    /^scalingo\.authUrl .*: "https:\/\/auth\.example\.com\/\?\*\*\*" has a query/,
    ['hunter2'],
  ),
  variable(
    'DB_API_URL',
    'db api.example.com',
    /^scalingo\.databaseApiUrl \(from the environment, DB_API_URL\): "db api\.example\.com" is not allowed; allowed: a host, or/,
  ),
  variable(
    'SCALINGO_REGION',
    'osc-fr2',
    'scalingo.region (from the environment, SCALINGO_REGION): "osc-fr2" is not a region that is known here; allowed: osc-fr1, osc-secnum-fr1, or any with all three URLs given; did you mean osc-fr1?',
  ),
  variable('S3_TAGS', 'team', /^s3\.tags .*: "team" is neither a map nor pairs/),
  variable('S3_TAGS', 'a=1,a=2', /"a=1,a=2" names a tag twice; allowed: at most 10 tags/),
  variable(
    'S3_TAGS',
    Array.from({ length: 11 }, (_, i) => `k${i}=v`).join(),
    /has 11 tags; allowed: at most 10 tags/,
  ),
  variable('S3_TAGS', `${'k'.repeat(129)}=v`, /has a tag whose key is longer than 128 characters/),
  variable('S3_TAGS', `k=${'v'.repeat(257)}`, /has a tag whose value is longer than 256 characters/),
  variable('S3_TAGS', 'aws:team=x', /has a tag that begins with "aws:"/),
  variable('S3_TAGS', 'team=<data>', /has a tag with a character other than/),
  variable(
    'S3_STORAGE_CLASS',
    'standard_ia',
    /^s3\.storageClass .*: "standard_ia" is not allowed; .*; write STANDARD_IA$/,
  ),
  variable('S3_OBJECT_LOCK_DAYS', '1.5', /^s3\.objectLock\.days .*: "1\.5" is not a whole number/),
  variable(
    'DATABASE_NAME',
    'My Shop',
    'DATABASE_NAME (from the environment): "My Shop" is not allowed; allowed: lower-case letters, digits, ".", "_" and "-", beginning with a letter or digit, at most 200; "my-shop" would do',
  ),
  variable(
    'DATABASE_NAME',
    '../shop',
    /^DATABASE_NAME \(from the environment\): "\.\.\/shop" is not allowed/,
  ),
  variable(
    'DATABASE_ID',
    '../my-db-123',
    /^DATABASE_ID .*: "\.\.\/my-db-123" is not allowed; .*; `scalingo --app APP addons` shows it; today it looks like ad-/,
  ),
  variable(
    'SCALINGO_APP',
    'shop/app',
    /^SCALINGO_APP \(from the environment\): "shop\/app" is not allowed; allowed: the name of a Scalingo application/,
  ),
  variable(
    'SCALINGO_API_TOKEN',
    'hunter2hunter2',
    /^scalingo\.apiToken \(from the environment, SCALINGO_API_TOKEN\): the value \(not shown\) is no such token; allowed: a Scalingo API token, "tk-us-…"; create one/,
    ['hunter2'],
  ),
  variable(
    'SCALINGO_API_TOKEN',
    BEARER_CANARY,
    /the value \(not shown\) is no such token; .*; it looks like a bearer token: that goes into DB_BEARER_TOKEN$/,
  ),
  variable(
    'SCALINGO_API_TOKEN',
    'tk-us-hunter2hunter2\n',
    /the value \(not shown\) has white space around it; allowed: /,
    ['hunter2'],
  ),
  variable(
    'AWS_SECRET_ACCESS_KEY',
    'hunter2 hunter2',
    /^s3\.secretAccessKey .*: the value \(not shown\) has a space, a line break/,
    ['hunter2'],
  ),
  variable(
    'AWS_SECRET_ACCESS_KEY',
    '***',
    /the value \(not shown\) is a mask, as --print-config prints it, and not the secret/,
  ),
  variable(
    'AWS_SESSION_TOKEN',
    'hunter2-é',
    /^s3\.sessionToken .*: the value \(not shown\) has a space, a line break or a character beyond ASCII/,
    ['hunter2'],
  ),
]);
