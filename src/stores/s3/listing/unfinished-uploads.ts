import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { databaseFolder, parseKey } from '../../../model/archive-key.ts';
import { hasCode } from '../../../model/errors.ts';
import type { UnfinishedUpload } from '../../../ports/archive-store.ts';
import { CLEANUP_TIMEOUT } from '../client/deadlines.ts';
import { PageCount, request } from '../client/request.ts';
import { S3Error } from '../client/s3-error.ts';

/** Passes that an abort makes before it says that parts are still arriving. */
const ABORT_PASSES = 3;

type UploadsMarker = Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'>;

/** Multipart uploads of ours for one database that were neither completed nor aborted, oldest first. */
export async function listUnfinishedUploads(
  client: S3Client,
  { bucket, prefix }: { bucket: string; prefix: string },
  database: string,
  signal: AbortSignal,
): Promise<UnfinishedUpload[]> {
  const folder = databaseFolder(prefix, database);
  const found: UnfinishedUpload[] = [];
  let marker: UploadsMarker | undefined;
  const pages = new PageCount(`ListMultipartUploads ${bucket}/${folder}`);
  do {
    pages.next(JSON.stringify(marker ?? {}));
    const page = await request(
      (options) =>
        client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: folder, ...marker }), options),
      `ListMultipartUploads ${bucket}/${folder}`,
      signal,
    );
    for (const { Key: key, UploadId: uploadId, Initiated: initiatedAt } of page.Uploads ?? []) {
      const parsed = key === undefined ? undefined : parseKey(prefix, key);
      if (
        key === undefined ||
        uploadId === undefined ||
        parsed?.kind !== 'archive' ||
        parsed.database !== database
      ) {
        continue;
      }
      found.push({ ...parsed, key, uploadId, initiatedAt: initiatedAt ?? new Date(0) });
    }
    marker = nextMarker(page, marker);
  } while (marker !== undefined);
  return found.sort((a, b) => a.initiatedAt.getTime() - b.initiatedAt.getTime());
}

/**
 * Stores page these listings each in a way of its own: SeaweedFS gives an UploadIdMarker and no KeyMarker. So
 * whatever came is sent back.
 */
function nextMarker(
  page: Pick<ListMultipartUploadsCommandOutput, 'IsTruncated' | 'NextKeyMarker' | 'NextUploadIdMarker'>,
  previous: UploadsMarker | undefined,
): UploadsMarker | undefined {
  if (page.IsTruncated !== true) return undefined;
  const { NextKeyMarker: key, NextUploadIdMarker: uploadId } = page;
  const next = { ...(key ? { KeyMarker: key } : {}), ...(uploadId ? { UploadIdMarker: uploadId } : {}) };
  const isStuck = next.KeyMarker === previous?.KeyMarker && next.UploadIdMarker === previous?.UploadIdMarker;
  if (!isStuck) return next;
  const operation = 'ListMultipartUploads';
  throw new S3Error('s3.bad_listing', `${operation}: a truncated page does not say where the next begins`, {
    operation,
  });
}

/**
 * Aborts one upload and makes sure of it: a part in flight may land after the abort, and S3 asks to abort
 * again until no part is left (API_AbortMultipartUpload). One that is gone already is done.
 */
export async function abortUpload(
  client: S3Client,
  upload: { bucket: string; key: string; uploadId: string },
  signal: AbortSignal,
): Promise<void> {
  const target = { Bucket: upload.bucket, Key: upload.key, UploadId: upload.uploadId };
  for (let pass = 1; pass <= ABORT_PASSES; pass++) {
    try {
      const { $metadata } = await request(
        (options) => client.send(new AbortMultipartUploadCommand(target), options),
        `AbortMultipartUpload ${upload.bucket}/${upload.key}`,
        signal,
      );
      const left = await request(
        (options) => client.send(new ListPartsCommand({ ...target, MaxParts: 1 }), options),
        `ListParts ${upload.bucket}/${upload.key}`,
        signal,
      );
      // An upload that has no part looks as one that is gone does. Any status but 204 may be another's, so that the
      // upload is aborted once more; a store that answers each abort with 200 is believed in the end.
      const isConfirmed = $metadata.httpStatusCode === 204 || pass === ABORT_PASSES;
      if ((left.Parts ?? []).length === 0 && isConfirmed) return;
    } catch (error) {
      if (hasCode(error, 's3.no_such_upload', 's3.not_found')) return;
      throw error;
    }
  }
  throw new S3Error('s3.abort_failed', `AbortMultipartUpload ${upload.key}: parts are still there after it`, {
    operation: 'AbortMultipartUpload',
    hint: 'The next run tries again; an AbortIncompleteMultipartUpload lifecycle rule is a second net.',
  });
}

/**
 * Aborts an upload after a failure. Never throws: the failure is what is to be reported, and an upload that
 * stays behind is found and aborted by the next run.
 */
export async function discardUpload(
  client: S3Client,
  upload: { bucket: string; key: string; uploadId: string },
): Promise<void> {
  await abortUpload(client, upload, AbortSignal.timeout(CLEANUP_TIMEOUT)).catch(() => {});
}
