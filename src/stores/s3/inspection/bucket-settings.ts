import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { StoreError } from '../../../model/errors.ts';
import type { BucketSettings, ObjectLockSetting, Shown } from '../../../ports/store-inspection.ts';
import { request } from '../client/request.ts';
import { lifecycleRules } from './lifecycle-rules.ts';

/** Each setting is asked for by itself: keys may read one and not the other, and a store may know one alone. */
export async function readBucketSettings(
  client: S3Client,
  bucket: string,
  signal: AbortSignal,
): Promise<BucketSettings> {
  const target = { Bucket: bucket };
  const [versioning, objectLock, lifecycle] = await Promise.all([
    shown(async () => {
      const { Status: status } = await request(
        (options) => client.send(new GetBucketVersioningCommand(target), options),
        `GetBucketVersioning ${bucket}`,
        signal,
      );
      return status === 'Enabled' ? 'on' : status === 'Suspended' ? 'suspended' : 'off';
    }, 's3:GetBucketVersioning'),
    shown(
      async () => {
        const { ObjectLockConfiguration: found } = await request(
          (options) => client.send(new GetObjectLockConfigurationCommand(target), options),
          `GetObjectLockConfiguration ${bucket}`,
          signal,
        );
        const { Days: days, Years: years } = found?.Rule?.DefaultRetention ?? {};
        const enabled = found?.ObjectLockEnabled === 'Enabled';
        if (years !== undefined) return { enabled, byDefault: `${years} years` };
        return days === undefined ? { enabled } : { enabled, byDefault: `${days} days` };
      },
      's3:GetBucketObjectLockConfiguration',
      NO_LOCK,
    ),
    shown(
      async () => {
        const { Rules: rules = [] } = await request(
          (options) => client.send(new GetBucketLifecycleConfigurationCommand(target), options),
          `GetBucketLifecycleConfiguration ${bucket}`,
          signal,
        );
        return lifecycleRules(rules);
      },
      's3:GetLifecycleConfiguration',
      [],
    ),
  ]);
  return { versioning, objectLock, lifecycle };
}

const NO_LOCK: ObjectLockSetting = { enabled: false };

/** How stores say that there is no such setting (API_GetObjectLockConfiguration, API_GetBucketLifecycleConfiguration). */
const NONE = /NotFoundError|NoSuch\w*Configuration/;

/**
 * @param right that the request needs
 * @param none the value where the store says that there is no such setting
 * @throws the signal's reason
 */
async function shown<T>(ask: () => Promise<T>, right: string, none?: T): Promise<Shown<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { code, message, retryable } = error;
    if (code === 's3.forbidden') return { unknown: 'forbidden', hint: `grant ${right}` };
    if (none !== undefined && NONE.test(message)) return { value: none };
    if (retryable && code !== 's3.foreign_response') return { unknown: 'failed', hint: message };
    return { unknown: 'unsupported' };
  }
}
