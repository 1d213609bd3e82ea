import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  type MultipartUpload,
  type S3Client,
} from '@aws-sdk/client-s3';
import { databaseFolder, parseKey } from '../../../model/archive-key.ts';
import { hasCode } from '../../../model/errors.ts';
import type { UnfinishedUpload } from '../../../ports/archive-store.ts';
import { CLEANUP_TIMEOUT } from '../client/deadlines.ts';
import { PageCount, request } from '../client/request.ts';
import { isUnsupported, S3Error } from '../client/s3-error.ts';

/**
 * How a store is asked for unfinished uploads: of the database's folder, as S3 documents it; of exact keys, one by
 * one; or of the whole bucket. MinIO finds none by a folder: by a key it looks on its disks, and without a prefix it
 * shows those that were begun since its start (`ListMultipartUploads` of its erasure-server-pool.go).
 */
export type UploadListing = 'folder' | 'key' | 'bucket';

/** Passes that an abort makes before it says that parts are still arriving. */
const ABORT_PASSES = 3;

type UploadsMarker = Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'>;

/**
 * Multipart uploads of ours for one database that were neither completed nor aborted, oldest first.
 * @param ways how the store shows them; all are asked, and what they show is put together
 * @param keys where they may be, for stores that show those of an exact key
 */
export async function listUnfinishedUploads(
  client: S3Client,
  { bucket, prefix }: { bucket: string; prefix: string },
  database: string,
  { ways, keys }: { ways: readonly UploadListing[]; keys: readonly string[] },
  signal: AbortSignal,
): Promise<UnfinishedUpload[]> {
  const found = new Map<string, UnfinishedUpload>();
  const prefixes = ways.flatMap((way) => prefixesOf(way, databaseFolder(prefix, database), keys));
  for (const asked of prefixes) {
    for await (const { Key: key, UploadId: uploadId, Initiated: at } of uploadsBelow(
      client,
      bucket,
      asked,
      signal,
    )) {
      const parsed = key === undefined ? undefined : parseKey(prefix, key);
      if (key === undefined || uploadId === undefined || parsed === undefined) continue;
      if (parsed.kind !== 'archive' || parsed.database !== database) continue;
      found.set(`${key} ${uploadId}`, { ...parsed, key, uploadId, initiatedAt: at ?? new Date(0) });
    }
  }
  return [...found.values()].sort((a, b) => a.initiatedAt.getTime() - b.initiatedAt.getTime());
}

/**
 * Learns by an upload that is known to be there how the store shows unfinished ones.
 * @returns `folder` alone where that is enough; else every other way that shows it, or none
 */
export async function findUploadListings(
  client: S3Client,
  upload: { readonly bucket: string; readonly key: string; readonly uploadId: string },
  signal: AbortSignal,
): Promise<UploadListing[]> {
  const folder = upload.key.slice(0, upload.key.lastIndexOf('/') + 1);
  const shows = async (way: UploadListing) => {
    try {
      for (const prefix of prefixesOf(way, folder, [upload.key])) {
        for await (const { UploadId: shown } of uploadsBelow(client, upload.bucket, prefix, signal)) {
          if (shown === upload.uploadId) return true;
        }
      }
      return false;
    } catch (error) {
      // A right may be bound to the prefix; and a store may know no such listing.
      const isRefused = way !== 'folder' && hasCode(error, 's3.forbidden');
      if (isRefused || isUnsupported(error)) return false;
      throw error;
    }
  };
  if (await shows('folder')) return ['folder'];
  const others: UploadListing[] = [];
  for (const way of ['key', 'bucket'] as const) if (await shows(way)) others.push(way);
  return others;
}

function prefixesOf(way: UploadListing, folder: string, keys: readonly string[]): readonly string[] {
  switch (way) {
    case 'folder':
      return [folder];
    case 'key':
      return keys;
    case 'bucket':
      return [''];
  }
}

/** Every upload that the store shows below a prefix, page by page. */
async function* uploadsBelow(
  client: S3Client,
  bucket: string,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<MultipartUpload> {
  let marker: UploadsMarker | undefined;
  const operation = `ListMultipartUploads ${bucket}/${prefix}`;
  const pages = new PageCount(operation);
  do {
    pages.next(JSON.stringify(marker ?? {}));
    const command = new ListMultipartUploadsCommand({
      Bucket: bucket,
      ...(prefix === '' ? {} : { Prefix: prefix }),
      ...marker,
    });
    const page = await request((options) => client.send(command, options), operation, signal);
    yield* page.Uploads ?? [];
    marker = nextMarker(page, marker);
  } while (marker !== undefined);
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
