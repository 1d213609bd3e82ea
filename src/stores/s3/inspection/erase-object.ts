import {
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { hasCode, StoreError } from '../../../model/errors.ts';
import type { ObjectTarget } from '../client/confirmed-object.ts';
import { request } from '../client/request.ts';

/**
 * Deletes an object; in a bucket with versions all of them, and the marker that a deletion leaves, also one of an object
 * that is not there (https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html).
 * @returns what stays, and why; `undefined`: nothing
 * @throws StoreError where the deletion itself is refused
 */
export async function eraseObject(
  client: S3Client,
  target: ObjectTarget,
  signal: AbortSignal,
): Promise<string | undefined> {
  const isVersioned = await remove(client, target, undefined, signal);
  if (!isVersioned) return undefined;
  const why = await refusalOf(async () => {
    for (const version of await versionsOf(client, target, signal)) {
      await remove(client, target, version, signal);
    }
  });
  return why === undefined ? undefined : `older versions of ${target.Key} (${why})`;
}

/**
 * Whether the versions of an object that is not there could be deleted, by listing them and deleting one. That one is
 * never there: a version is called `null` only where it was written without versions, and what names a version makes no
 * marker (https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html).
 * @returns why not; `undefined`: they could
 * @throws StoreError where there is no response
 */
export function whyVersionsStay(
  client: S3Client,
  target: ObjectTarget,
  signal: AbortSignal,
): Promise<string | undefined> {
  return refusalOf(async () => {
    await versionsOf(client, target, signal);
    await remove(client, target, 'null', signal);
  });
}

/** @returns what the store has said against it; `undefined`: nothing */
async function refusalOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof StoreError) || error.status === undefined) throw error;
    return error.message;
  }
}

/** @returns whether the response speaks of versions */
async function remove(
  client: S3Client,
  target: ObjectTarget,
  version: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const command = new DeleteObjectCommand({
    ...target,
    ...(version === undefined ? {} : { VersionId: version }),
  });
  try {
    const { VersionId: shown, DeleteMarker: isMarker } = await request(
      (options) => client.send(command, options),
      `DeleteObject ${target.Bucket}/${target.Key}`,
      signal,
    );
    return isMarker === true || (shown !== undefined && shown !== 'null');
  } catch (error) {
    if (hasCode(error, 's3.not_found')) return false;
    throw error;
  }
}

async function versionsOf(client: S3Client, target: ObjectTarget, signal: AbortSignal): Promise<string[]> {
  const command = new ListObjectVersionsCommand({ Bucket: target.Bucket, Prefix: target.Key });
  const { Versions: versions = [], DeleteMarkers: markers = [] }: ListObjectVersionsCommandOutput =
    await request(
      (options) => client.send(command, options),
      `ListObjectVersions ${target.Bucket}/${target.Key}`,
      signal,
    );
  return [...versions, ...markers]
    .filter(({ Key: key }) => key === target.Key)
    .flatMap(({ VersionId: version }) => version ?? []);
}
