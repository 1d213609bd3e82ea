import { type Section, TOGETHER } from './setting.ts';

/** Everything under `s3`. */
export const s3Section = {
  bucket: {
    doc: 'The bucket that the archives go to; it must exist. Required.',
    format: 'bucket',
    default: null,
    required: true,
    env: 'S3_BUCKET',
  },
  prefix: {
    doc: 'The folder in the bucket; it ends in `/` whether written or not.',
    format: 'prefix',
    default: '',
    env: 'S3_PREFIX',
  },
  region: {
    doc: "The bucket's region.",
    format: 'region',
    default: null,
    fallback: ({ text, awsRegion }) => awsRegion ?? regionOf(text('s3.endpoint')),
    defaultNote: '`AWS_REGION`; with an endpoint the one in its name, or `us-east-1`; else required',
    env: 'S3_REGION',
    example: 'eu-west-3',
  },
  endpoint: {
    doc: 'The URL of a store that is not AWS.',
    format: 'url',
    default: null,
    defaultNote: 'AWS',
    env: 'S3_ENDPOINT',
    example: 'https://s3.fr-par.scw.cloud',
  },
  forcePathStyle: {
    doc: 'Whether the bucket stands in the path of the URL instead of the host.',
    format: 'flag',
    default: null,
    fallback: ({ text }) => text('s3.endpoint') !== undefined,
    defaultNote: '`true` with an endpoint, else `false`',
    env: 'S3_FORCE_PATH_STYLE',
  },
  accessKeyId: {
    doc: "The store's access key.",
    format: 'secret',
    default: null,
    defaultNote: "the AWS SDK's own chain: profiles, IRSA, instance roles",
    env: 'AWS_ACCESS_KEY_ID',
    sensitive: true,
  },
  secretAccessKey: {
    doc: 'The secret that goes with the access key.',
    format: 'secret',
    default: null,
    env: 'AWS_SECRET_ACCESS_KEY',
    sensitive: true,
  },
  sessionToken: {
    doc: 'The session token of temporary credentials.',
    format: 'secret',
    default: null,
    env: 'AWS_SESSION_TOKEN',
    sensitive: true,
  },
  storageClass: {
    doc: 'The storage class of archives.',
    format: 'storageClass',
    default: null,
    defaultNote: "the store's own",
    env: 'S3_STORAGE_CLASS',
    example: 'STANDARD_IA',
  },
  sse: {
    doc: 'Server-side encryption of archives.',
    format: 'choice',
    values: ['AES256', 'aws:kms', 'aws:kms:dsse'],
    default: null,
    defaultNote: "the bucket's own",
    env: 'S3_SSE',
  },
  kmsKeyId: {
    doc: 'The KMS key, with `sse: aws:kms` or `aws:kms:dsse` only.',
    format: 'word',
    default: null,
    defaultNote: "the bucket's own",
    env: 'S3_KMS_KEY_ID',
    example: 'alias/backups',
  },
  objectLock: {
    [TOGETHER]: true,
    mode: {
      doc: 'Object Lock of archives: no one (`COMPLIANCE`) or almost no one can delete them before their day.',
      format: 'choice',
      values: ['GOVERNANCE', 'COMPLIANCE'],
      default: null,
      defaultNote: 'no lock',
      env: 'S3_OBJECT_LOCK_MODE',
    },
    days: {
      doc: 'How many days an archive is locked; together with the mode.',
      format: 'count',
      min: 1,
      max: 36_500,
      default: null,
      env: 'S3_OBJECT_LOCK_DAYS',
    },
  },
  tags: {
    doc: 'Tags of archives: a map in YAML, `team=data,env=prod` in the environment.',
    format: 'tags',
    default: null,
    fallback: () => ({}),
    defaultNote: 'none',
    env: 'S3_TAGS',
    example: '{ team: data, env: prod }',
  },
  caFile: {
    doc: "A PEM file with the certificates that sign the store's own.",
    format: 'path',
    default: null,
    env: 'S3_CA_FILE',
    example: '/etc/ssl/store-ca.pem',
  },
  partSize: {
    doc: 'The size of a part of the multipart upload.',
    format: 'size',
    min: '5MiB',
    max: '5GiB',
    default: null,
    defaultNote: "chosen from the archive's size",
    env: 'S3_PART_SIZE',
    example: '64MiB',
  },
  concurrency: {
    doc: 'Parts of one archive in flight at once; memory grows with parts times their size.',
    format: 'count',
    min: 1,
    max: 64,
    default: null,
    defaultNote: 'chosen with the part size',
    env: 'S3_CONCURRENCY',
  },
  maxParts: {
    doc: 'The most parts that the store allows in an upload; Scaleway allows 1000 (stores.md).',
    format: 'count',
    min: 1,
    max: 10_000,
    default: null,
    defaultNote: 'chosen from the store',
    env: 'S3_MAX_PARTS',
  },
  checksum: {
    doc: 'The checksum that parts carry for the store to check: `auto` is a CRC32 where the store takes one; naming one demands it (stores.md).',
    format: 'choice',
    values: ['auto', 'crc32', 'crc64nvme', 'sha256', 'none'],
    default: 'auto',
    env: 'S3_CHECKSUM',
  },
  maxUploadAge: {
    doc: 'Unfinished uploads of ours that are older than this are aborted.',
    format: 'duration',
    min: '1s',
    max: '365d',
    default: '7d',
    env: 'S3_MAX_UPLOAD_AGE',
  },
} as const satisfies Section;

/**
 * The region that a store other than AWS proper is signed for where none is given: the one in the host's name
 * where its operator puts it there and insists on it, else AWS's first, which the others ignore.
 */
function regionOf(endpoint: string | undefined): string | undefined {
  if (endpoint === undefined) return undefined;
  const host = new URL(endpoint).hostname;
  return (
    /^s3[.-]([a-z0-9-]+)\.(?:(?:io\.|perf\.)?cloud\.ovh\.net|scw\.cloud|amazonaws\.com)$/.exec(host)?.[1] ??
    'us-east-1'
  );
}
