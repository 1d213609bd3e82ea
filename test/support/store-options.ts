import type { S3Options } from '../../src/stores/s3/s3-options.ts';

type Server = Readonly<Record<'endpoint' | 'region' | 'accessKeyId' | 'secretAccessKey', string>>;

/** What points a store at a server and its bucket `archives`, everything else at its defaults unless `more` says so. */
export function storeOptions(
  { endpoint, region, accessKeyId, secretAccessKey }: Server,
  more: Partial<S3Options> = {},
): S3Options {
  return {
    bucket: 'archives',
    prefix: '',
    region,
    endpoint,
    forcePathStyle: true,
    accessKeyId,
    secretAccessKey,
    sessionToken: undefined,
    storageClass: undefined,
    sse: undefined,
    kmsKeyId: undefined,
    objectLock: undefined,
    tags: {},
    ca: undefined,
    partSize: undefined,
    concurrency: undefined,
    maxParts: undefined,
    checksum: 'auto',
    ...more,
  };
}
