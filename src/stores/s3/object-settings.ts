import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { S3Options } from './s3-options.ts';

const DAY = 86_400_000;

type ObjectSettings = Pick<
  PutObjectCommandInput,
  | 'StorageClass'
  | 'ServerSideEncryption'
  | 'SSEKMSKeyId'
  | 'ObjectLockMode'
  | 'ObjectLockRetainUntilDate'
  | 'Tagging'
>;

/** What the configuration asks of archives, as PutObject and CreateMultipartUpload both take it. */
export function archiveSettings(options: S3Options, now: number): ObjectSettings {
  const tags = new URLSearchParams(options.tags).toString();
  return {
    ...(options.storageClass === undefined
      ? {}
      : { StorageClass: options.storageClass as NonNullable<ObjectSettings['StorageClass']> }),
    ...encryption(options),
    ...(options.objectLock === undefined
      ? {}
      : {
          ObjectLockMode: options.objectLock.mode,
          ObjectLockRetainUntilDate: new Date(now + options.objectLock.days * DAY),
        }),
    ...(tags === '' ? {} : { Tagging: tags }),
  };
}

function encryption(options: S3Options): Pick<ObjectSettings, 'ServerSideEncryption' | 'SSEKMSKeyId'> {
  if (options.sse === undefined) return {};
  return {
    ServerSideEncryption: options.sse,
    ...(options.kmsKeyId === undefined ? {} : { SSEKMSKeyId: options.kmsKeyId }),
  };
}

/** With KMS an ETag is not an MD5 (API_Object). */
export function etagsAreMd5(options: S3Options): boolean {
  return options.sse === undefined || options.sse === 'AES256';
}
