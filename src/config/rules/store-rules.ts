import { isIP } from 'node:net';
import { schema } from '../schema/schema.ts';
import { type ConfigInput, missing } from './input.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const AWS_BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const AWS_REGION = /^[a-z]{2,4}(?:-[a-z]+)+-\d+$/;
/** The StorageClass of PutObject, less those that no bucket in a region takes. */
const AWS_STORAGE_CLASSES = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'GLACIER_IR',
  'DEEP_ARCHIVE',
  'EXPRESS_ONEZONE',
];

/** The bucket, and what AWS is known to refuse where no endpoint says that it is another store. */
export function checkBucket(given: ConfigInput): void {
  const { general } = given;
  if (general.lacks('s3.bucket')) missing(given, 's3.bucket', 'give the name of the bucket');
  const endpoint = general.text('s3.endpoint');
  if (endpoint !== undefined) checkEndpoint(given, endpoint);
  // A wrong endpoint was reported: whether the store is AWS is not known then.
  else if (general.lacks('s3.endpoint')) checkAws(given);
}

function checkAws(given: ConfigInput): void {
  const { general, awsRegion } = given;
  const bucket = general.text('s3.bucket');
  if (bucket !== undefined && (!AWS_BUCKET.test(bucket) || bucket.includes('..') || isIP(bucket) !== 0)) {
    general.reject(
      's3.bucket',
      `${general.shown('s3.bucket')} is no name that AWS allows; allowed: 3 to 63 lower-case letters, digits, "-" and "."; for another store give s3.endpoint (S3_ENDPOINT)`,
    );
  }
  const storageClass = general.text('s3.storageClass');
  if (storageClass !== undefined && !AWS_STORAGE_CLASSES.includes(storageClass)) {
    general.reject(
      's3.storageClass',
      `${general.shown('s3.storageClass')} is no storage class of AWS; allowed: ${AWS_STORAGE_CLASSES.join(', ')}`,
    );
  }
  const region = general.text('s3.region') ?? awsRegion;
  if (region === undefined) {
    if (general.lacks('s3.region')) {
      missing(
        given,
        's3.region',
        'give the region of the bucket (AWS_REGION does too), or s3.endpoint for another store',
      );
    }
  } else if (!AWS_REGION.test(region)) {
    const zone = AWS_REGION.test(region.slice(0, -1)) ? `; that is a zone of ${region.slice(0, -1)}` : '';
    const variable = general.has('s3.region') ? '' : 'from AWS_REGION, ';
    general.reject(
      's3.region',
      `${variable}${general.shown('s3.region', awsRegion)} is no region of AWS; allowed: one such as eu-west-3${zone}; for another store give s3.endpoint (S3_ENDPOINT)`,
    );
  }
}

function checkEndpoint({ general }: ConfigInput, endpoint: string): void {
  const { hostname, pathname } = new URL(endpoint);
  const bucket = general.text('s3.bucket');
  if (bucket !== undefined && pathname.split('/').includes(bucket)) {
    general.reject('s3.endpoint', `${general.shown('s3.endpoint')} names the bucket too; leave it out there`);
  }
  if (general.flag('s3.forcePathStyle') === false && isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) {
    general.reject(
      's3.forcePathStyle',
      'false puts the bucket before the host, which an IP address as endpoint cannot have; allowed: true',
    );
  }
}

/** The parts of a key pair that need each other. */
export function checkCredentials({ general }: ConfigInput): void {
  const [id, secret, token] = ['s3.accessKeyId', 's3.secretAccessKey', 's3.sessionToken'] as const;
  if (general.has(id) && general.lacks(secret)) {
    general.reject(secret, `is missing; ${general.where(id)} is given, and the two go together`);
  }
  if (general.has(secret) && general.lacks(id)) {
    general.reject(id, `is missing; ${general.where(secret)} is given, and the two go together`);
  }
  if (general.has(token) && general.lacks(id) && general.lacks(secret)) {
    general.reject(
      token,
      'is given without AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, whose session it is',
    );
  }
}

/** Encryption and Object Lock. */
export function checkProtection({ general }: ConfigInput): void {
  const sse = general.text('s3.sse');
  if (
    general.has('s3.kmsKeyId') &&
    sse !== 'aws:kms' &&
    sse !== 'aws:kms:dsse' &&
    (sse !== undefined || general.lacks('s3.sse'))
  ) {
    general.reject(
      's3.kmsKeyId',
      'is given without a KMS encryption; set s3.sse (S3_SSE) to aws:kms or aws:kms:dsse',
    );
  }
  const [mode, days] = ['s3.objectLock.mode', 's3.objectLock.days'] as const;
  if (general.has(mode) && general.lacks(days)) {
    general.reject(days, `is missing; ${general.where(mode)} is given, and the two go together`);
  }
  if (general.has(days) && general.lacks(mode)) {
    general.reject(
      mode,
      `is missing; ${general.where(days)} is given, and the two go together; allowed: ${schema.s3.objectLock.mode.values.join(', ')}`,
    );
  }
  if (general.has(mode) && general.text('s3.checksum') === 'none') {
    const checksums = schema.s3.checksum.values.filter((each) => each !== 'none');
    general.reject(
      's3.checksum',
      `none is not possible with Object Lock, which wants a checksum on every part; allowed: ${checksums.join(', ')}`,
    );
  }
}
