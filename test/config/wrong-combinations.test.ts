import { BEARER_CANARY, ONE_DATABASE, SOUND, SOUND_BUT_DATABASES, without } from './workspace.ts';
import { testWrongCases, type WrongCase } from './wrong-case.ts';

/** Sound variables with some more, or others. */
function variables(name: string, more: Record<string, string>, ...lines: (string | RegExp)[]): WrongCase {
  return { name, env: { ...SOUND, ...more }, lines };
}

/** Sound variables without some. */
function lacking(name: string, names: string[], ...lines: (string | RegExp)[]): WrongCase {
  return { name, env: without(SOUND, ...names), lines };
}

// What is missing.
testWrongCases([
  {
    name: 'nothing at all',
    env: {},
    lines: [
      "scalingo.apiToken (not set; variable SCALINGO_API_TOKEN or SCALINGO_API_TOKEN_FILE): is missing; give an API token, or one database's token as DB_BEARER_TOKEN",
      'databases (not set): none is given; give a list in YAML, or SCALINGO_APP, DATABASE_ID and DATABASE_NAME',
      's3.bucket (not set; variable S3_BUCKET): is missing; give the name of the bucket',
      's3.region (not set; variable S3_REGION): is missing; give the region of the bucket (AWS_REGION does too), or s3.endpoint for another store',
    ],
  },
  {
    name: 'only empty variables',
    env: Object.fromEntries(Object.keys(SOUND).map((name) => [name, ''])),
    lines: [
      /^scalingo\.apiToken \(not set/,
      /^databases \(not set/,
      /^s3\.bucket \(not set/,
      /^s3\.region \(not set/,
    ],
  },
  {
    name: 'a misspelt variable',
    env: { ...without(SOUND, 'S3_BUCKET'), S3_BUKET: 'archives' },
    lines: [
      /^s3\.bucket \(not set; variable S3_BUCKET\): is missing; give the name of the bucket; S3_BUKET is set: did you mean S3_BUCKET\?$/,
    ],
  },
  lacking('no id', ['DATABASE_ID'], 'DATABASE_ID (not set): is missing; give the addon id, "ad-…"'),
  lacking(
    'no app',
    ['SCALINGO_APP'],
    'SCALINGO_APP (not set): is missing; an API token needs the application that the addon belongs to',
  ),
  lacking(
    'only a name',
    ['SCALINGO_APP', 'DATABASE_ID'],
    /^DATABASE_ID \(not set\): is missing/,
    /^SCALINGO_APP \(not set\): is missing/,
  ),
  lacking(
    'an access key without its secret',
    ['AWS_SECRET_ACCESS_KEY'],
    's3.secretAccessKey (not set; variable AWS_SECRET_ACCESS_KEY or AWS_SECRET_ACCESS_KEY_FILE): is missing; s3.accessKeyId (from the environment, AWS_ACCESS_KEY_ID) is given, and the two go together',
  ),
  lacking(
    'a secret without its access key',
    ['AWS_ACCESS_KEY_ID'],
    /^s3\.accessKeyId \(not set; .*\): is missing; s3\.secretAccessKey \(.*\) is given/,
  ),
  lacking(
    'a session without keys',
    ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
    /^s3\.sessionToken \(from the environment, AWS_SESSION_TOKEN\): is given without AWS_ACCESS_KEY_ID/,
  ),
  {
    name: 'no token, for the bucket alone',
    env: {},
    needs: 'bucket',
    lines: [/^s3\.bucket \(not set/, /^s3\.region \(not set/],
  },
]);

// What does not go together.
testWrongCases([
  variables(
    'both tokens',
    { DB_BEARER_TOKEN: BEARER_CANARY },
    'scalingo.apiToken (from the environment, SCALINGO_API_TOKEN): is given and scalingo.bearerToken (from the environment, DB_BEARER_TOKEN) too; exactly one of the two is allowed',
  ),
  {
    name: 'a bearer token for two databases',
    yaml: 'databases: [{ name: a, id: ad-1 }, { name: b, id: ad-2 }]',
    env: { ...without(SOUND_BUT_DATABASES, 'SCALINGO_API_TOKEN'), DB_BEARER_TOKEN: BEARER_CANARY },
    lines: [
      'scalingo.bearerToken (from the environment, DB_BEARER_TOKEN): is the token of one database, and 2 are given; use SCALINGO_API_TOKEN',
    ],
  },
  variables(
    'an unknown region and two URLs',
    { SCALINGO_REGION: 'lab', SCALINGO_AUTH_URL: 'http://a.test', SCALINGO_API_URL: 'http://b.test' },
    /^scalingo\.region .*: "lab" is not a region that is known here/,
  ),
  variables(
    'a KMS key without KMS',
    { S3_KMS_KEY_ID: 'alias/x' },
    's3.kmsKeyId (from the environment, S3_KMS_KEY_ID): is given without a KMS encryption; set s3.sse (S3_SSE) to aws:kms or aws:kms:dsse',
  ),
  variables(
    'a KMS key with AES256',
    { S3_KMS_KEY_ID: 'alias/x', S3_SSE: 'AES256' },
    /^s3\.kmsKeyId .*: is given without a KMS encryption/,
  ),
  variables(
    'a lock without days',
    { S3_OBJECT_LOCK_MODE: 'GOVERNANCE' },
    's3.objectLock.days (not set; variable S3_OBJECT_LOCK_DAYS): is missing; s3.objectLock.mode (from the environment, S3_OBJECT_LOCK_MODE) is given, and the two go together',
  ),
  variables(
    'days without a lock',
    { S3_OBJECT_LOCK_DAYS: '30' },
    /^s3\.objectLock\.mode \(not set; .*\): is missing; .*; allowed: GOVERNANCE, COMPLIANCE$/,
  ),
  variables(
    'a lock without checksums',
    { S3_OBJECT_LOCK_MODE: 'COMPLIANCE', S3_OBJECT_LOCK_DAYS: '30', S3_CHECKSUM: 'none' },
    /^s3\.checksum .*: none is not possible with Object Lock/,
  ),
  variables(
    'a deadline before the first look',
    { BACKUP_TIMEOUT: '10s' },
    'backup.timeout (from the environment, BACKUP_TIMEOUT): 10.0 s is shorter than backup.pollInterval (not set; variable BACKUP_POLL_INTERVAL), 15.0 s: no backup could ever be seen done',
  ),
  variables(
    'a schedule of reading back that is too seldom',
    { VERIFY_CRON: '0 5 1 * *' },
    'verify.within (not set; variable VERIFY_WITHIN): 30d 0h is shorter than the 31d 0h that lie between two slots of verify.cron (from the environment, VERIFY_CRON): no archive could be read back in time',
  ),
  variables(
    'a schedule of reading back in one month of the year',
    { VERIFY_CRON: '* * * 1 *', VERIFY_WITHIN: '300d' },
    /^verify\.within \(.*\): 300d 0h is shorter than the 335d 0h that lie between two slots/,
  ),
  variables(
    'a schedule of reading back what cannot be read',
    { VERIFY_CRON: '0 5 * * *', S3_STORAGE_CLASS: 'DEEP_ARCHIVE' },
    'verify.cron (from the environment, VERIFY_CRON): reads archives back, and s3.storageClass (from the environment, S3_STORAGE_CLASS) puts them where they cannot be read: give one of the two',
  ),
  variables(
    'archives that are unverified before their turn',
    { VERIFY_CRON: '0 5 * * *', VERIFY_MAX_AGE: '20d' },
    'verify.maxAge (from the environment, VERIFY_MAX_AGE): 20d 0h is shorter than verify.within (not set; variable VERIFY_WITHIN), 30d 0h: archives would be called unverified before their turn',
  ),
  variables(
    'a bucket that AWS does not allow',
    { S3_BUCKET: 'My_Bucket' },
    /^s3\.bucket .*: "My_Bucket" is no name that AWS allows; .*; for another store give s3\.endpoint/,
  ),
  variables(
    'an IP address for a bucket',
    { S3_BUCKET: '192.168.1.1' },
    /^s3\.bucket .*: "192\.168\.1\.1" is no name that AWS allows/,
  ),
  variables(
    'a zone for a region',
    { S3_REGION: 'eu-west-3a' },
    /^s3\.region .*: "eu-west-3a" is no region of AWS; .*; that is a zone of eu-west-3; for another store/,
  ),
  {
    name: 'a wrong AWS_REGION',
    env: { ...without(SOUND, 'S3_REGION'), AWS_REGION: 'Paris' },
    lines: [/^s3\.region \(not set; variable S3_REGION\): from AWS_REGION, "Paris" is no region of AWS/],
  },
  {
    name: 'an impossible AWS_REGION',
    env: { ...without(SOUND, 'S3_REGION'), AWS_REGION: 'eu west' },
    lines: ['AWS_REGION (from the environment): "eu west" is not allowed; allowed: the name of a region'],
  },
  variables(
    'a storage class that AWS has not',
    { S3_STORAGE_CLASS: 'COLD' },
    /^s3\.storageClass .*: "COLD" is no storage class of AWS; allowed: STANDARD, /,
  ),
  variables(
    'an endpoint with the bucket in it',
    { S3_ENDPOINT: 'https://s3.example.com/archives' },
    /^s3\.endpoint .* names the bucket too; leave it out there$/,
  ),
  variables(
    'a bucket before an IP address',
    { S3_ENDPOINT: 'http://127.0.0.1:9000', S3_FORCE_PATH_STYLE: 'false' },
    /^s3\.forcePathStyle .*: false puts the bucket before the host, .*; allowed: true$/,
  ),
  variables(
    'a CA file that is not there',
    { S3_CA_FILE: 'ca.pem' },
    's3.caFile (from the environment, S3_CA_FILE): "ca.pem" cannot be used: there is no such file; allowed: a PEM file with certificates',
  ),
  {
    name: 'a CA file without a certificate',
    env: { ...SOUND, S3_CA_FILE: 'ca.pem' },
    files: { 'ca.pem': '-----BEGIN PRIVATE KEY-----\nhunter2\n' },
    hidden: ['hunter2'],
    lines: [/^s3\.caFile .* cannot be used: it holds no PEM certificate/],
  },
  {
    name: 'a CA file with a damaged certificate',
    env: { ...SOUND, S3_CA_FILE: 'ca.pem' },
    files: { 'ca.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
    lines: [/cannot be used: its certificate number 1 is damaged/],
  },
]);

// Mistakes of every source, at once.
testWrongCases([
  {
    name: 'one mistake in each source',
    yaml: `${ONE_DATABASE}log: { level: loud }\n`,
    env: { ...SOUND_BUT_DATABASES, BACKUP_MODE: 'none' },
    flags: { concurrency: 0 },
    lines: [
      /^concurrency \(from the command line;/,
      /^backup\.mode \(from the environment, BACKUP_MODE\)/,
      /^log\.level \(from the file config\/archiver\.yaml, line 2; variable LOG_LEVEL\)/,
    ],
  },
  {
    name: 'a file that cannot be read, and a wrong variable',
    yaml: 's3: {',
    env: { CONCURRENCY: 'x' },
    lines: [/^config\/archiver\.yaml, line 1: /, /^concurrency \(from the environment, CONCURRENCY\)/],
  },
]);
