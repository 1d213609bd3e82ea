import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { databaseFolder, type ParsedKey, parseKey } from '../domain/archive-key.ts';
import type { ArchiveListing, ListedObject } from '../domain/archive-store.ts';
import { StoreError } from '../domain/errors.ts';
import { request } from './request.ts';

type Entry = ListedObject & Pick<ParsedKey, 'kind'>;

/**
 * Lists every object of ours below one database's folder, or below the prefix.
 * @throws StoreError for any page that fails, and `s3.bad_listing` where the pages do not fit together:
 *   a listing that came back short must never look like a bucket with less in it
 */
export async function listArchives(
  client: S3Client,
  { bucket, prefix }: { bucket: string; prefix: string },
  database: string | undefined,
  signal: AbortSignal,
): Promise<ArchiveListing> {
  const folder = database === undefined ? prefix : databaseFolder(prefix, database);
  const archives = new Map<string, Entry>();
  const manifests = new Map<string, Entry>();
  for await (const { key, size, lastModified } of listKeys(client, bucket, folder, signal)) {
    const parsed = parseKey(prefix, key);
    if (parsed === undefined || (database !== undefined && parsed.database !== database)) continue;
    const group = parsed.kind === 'archive' ? archives : manifests;
    group.set(stemOf(parsed), { ...parsed, key, size, lastModified });
  }
  return pairUp(archives, manifests);
}

interface Key {
  readonly key: string;
  readonly size: number;
  readonly lastModified: Date;
}

/**
 * Pages by `StartAfter` the last key seen, not by continuation token, until a page comes back empty: a
 * store that ends early, or whose token skips a page, cannot hide keys that way. S3 lists in ascending
 * UTF-8 order (API_ListObjectsV2); keys of ours are ASCII, so plain comparison is that order.
 */
async function* listKeys(
  client: S3Client,
  bucket: string,
  folder: string,
  signal: AbortSignal,
): AsyncGenerator<Key> {
  let after: string | undefined;
  for (;;) {
    const describe = `ListObjectsV2 ${bucket}/${folder}`;
    const page = await request(
      (options) =>
        client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            ...(folder === '' ? {} : { Prefix: folder }),
            ...(after === undefined ? {} : { StartAfter: after }),
          }),
          options,
        ),
      describe,
      signal,
    );
    // Something in between may answer 200 with a page of its own, which reads as a listing of nothing.
    if (page.KeyCount === undefined && page.IsTruncated === undefined) {
      throw badListing(describe, 'the answer is no ListBucketResult');
    }
    const contents = page.Contents ?? [];
    if (page.KeyCount !== undefined && page.KeyCount !== contents.length) {
      throw badListing(describe, `it counts ${page.KeyCount} keys and holds ${contents.length}`);
    }
    if (contents.length === 0) {
      if (page.IsTruncated === true) throw badListing(describe, 'an empty page says that more follow');
      return;
    }
    for (const { Key: key, Size: size, LastModified: lastModified } of contents) {
      if (key === undefined || size === undefined || lastModified === undefined) {
        throw badListing(describe, 'an entry has no key, size or date');
      }
      if (after !== undefined && Buffer.compare(Buffer.from(key), Buffer.from(after)) <= 0) {
        throw badListing(describe, `its keys are not in ascending order at ${JSON.stringify(key)}`);
      }
      after = key;
      yield { key, size, lastModified };
    }
  }
}

function badListing(operation: string, why: string): StoreError {
  return new StoreError('s3.bad_listing', `${operation}: the listing cannot be trusted: ${why}`, {
    operation,
    hint: 'Nothing is decided on half a listing. If it stays, the store does not list as S3 does.',
  });
}

function stemOf({ database, createdAt, backupId }: ParsedKey): string {
  return `${database}/${createdAt.getTime()}_${backupId}`;
}

function pairUp(archives: Map<string, Entry>, manifests: Map<string, Entry>): ArchiveListing {
  const listing = { archives: [] as Entry[], unproven: [] as Entry[], dangling: [] as Entry[] };
  for (const [stem, entry] of archives)
    (manifests.has(stem) ? listing.archives : listing.unproven).push(entry);
  for (const [stem, entry] of manifests) if (!archives.has(stem)) listing.dangling.push(entry);
  for (const group of Object.values(listing)) group.sort(newestFirst);
  return listing;
}

function newestFirst(a: ListedObject, b: ListedObject): number {
  return b.createdAt.getTime() - a.createdAt.getTime() || (a.key < b.key ? 1 : -1);
}
