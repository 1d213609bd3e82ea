import { type _Object, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { databaseFolder, newestFirst, type ParsedKey, parseKey } from '../../../model/archive-key.ts';
import type { StoreError } from '../../../model/errors.ts';
import type { ArchiveListing, ListedObject } from '../../../ports/archive-store.ts';
import { PageCount, request } from '../client/request.ts';
import { S3Error } from '../client/s3-error.ts';
import { ListingOrder } from './listing-order.ts';
import { type ListingEntry, readEntriesAside } from './parse-listing-page.ts';

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
  const pairs = new Pairs();
  const pages = new Pages(client, bucket, folder, signal);
  for (let page = await pages.next(); page.length > 0; page = await pages.next()) {
    for (const { key, size, lastModified } of page) {
      const parsed = parseKey(prefix, key);
      if (parsed === undefined || (database !== undefined && parsed.database !== database)) continue;
      pairs.add(parsed, { ...identityOf(parsed), key, size, lastModified });
    }
  }
  const { doubt } = pages;
  return { ...pairs.end(), ...(doubt === undefined ? {} : { doubt }) };
}

/**
 * Pages by `StartAfter` the last key seen, not by continuation token, until a page comes back empty: a
 * store that ends early, or whose token skips a page, cannot hide keys that way. It works where the pages keep to
 * one order.
 */
class Pages {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #folder: string;
  readonly #signal: AbortSignal;
  readonly #pages: PageCount;
  readonly #order = new ListingOrder();
  #after: string | undefined;
  /** What the last page said; `undefined` before the first. */
  #moreToCome: boolean | undefined;
  /** Where the store contradicted itself. */
  doubt: string | undefined;

  constructor(client: S3Client, bucket: string, folder: string, signal: AbortSignal) {
    this.#client = client;
    this.#bucket = bucket;
    this.#folder = folder;
    this.#signal = signal;
    this.#pages = new PageCount(`ListObjectsV2 ${bucket}/${folder}`);
  }

  /** The next page; empty at the end. */
  async next(): Promise<readonly ListingEntry[]> {
    this.#pages.next(this.#after ?? '');
    const promised = this.#moreToCome;
    let keys = await this.#ask();
    if (promised === true && keys.length === 0) {
      this.doubt ??= `the store said that more follows ${this.#after}, and showed nothing`;
      keys = await this.#ask();
    }
    if (promised === false && keys.length > 0) {
      this.doubt ??= `the store said that ${keys[0]?.key} was not there, and then showed it`;
    }
    return keys;
  }

  async #ask(): Promise<readonly ListingEntry[]> {
    const describe = `ListObjectsV2 ${this.#bucket}/${this.#folder}`;
    const command = new ListObjectsV2Command({
      Bucket: this.#bucket,
      ...(this.#folder === '' ? {} : { Prefix: this.#folder }),
      ...(this.#after === undefined ? {} : { StartAfter: this.#after }),
    });
    let aside: readonly ListingEntry[] | undefined;
    readEntriesAside(command, (entries) => {
      aside = entries;
    });
    const page = await request((options) => this.#client.send(command, options), describe, this.#signal);
    // Something in between may respond 200 with a page of its own, which reads as a listing of nothing.
    if (page.KeyCount === undefined && page.IsTruncated === undefined) {
      throw badListing(describe, 'the response is no ListBucketResult');
    }
    const entries = aside ?? (page.Contents ?? []).map((object) => toEntry(describe, object));
    if (page.KeyCount !== undefined && page.KeyCount !== entries.length) {
      throw badListing(describe, `it counts ${page.KeyCount} keys and holds ${entries.length}`);
    }
    if (entries.length === 0 && page.IsTruncated === true) {
      throw badListing(describe, 'an empty page says that more follow');
    }
    for (const { key } of entries) {
      if (this.#after !== undefined && !this.#order.note(this.#after, key)) {
        throw badListing(describe, `its keys are not in ascending order at ${JSON.stringify(key)}`);
      }
      this.#after = key;
    }
    this.#moreToCome = page.IsTruncated === true;
    return entries;
  }
}

function toEntry(
  describe: string,
  { Key: key, Size: size, LastModified: lastModified }: _Object,
): ListingEntry {
  if (key === undefined || size === undefined || lastModified === undefined) {
    throw badListing(describe, 'an entry has no key, size or date');
  }
  return { key, size, lastModified };
}

function badListing(operation: string, why: string): StoreError {
  return new S3Error('s3.bad_listing', `${operation}: the listing cannot be trusted: ${why}`, {
    operation,
    hint: 'Nothing is decided on half a listing. If it stays, the store does not list as S3 does.',
  });
}

function identityOf({ database, createdAt, backupId }: ParsedKey) {
  return { database, createdAt, backupId };
}

/** Puts archives and manifests together as they come. */
class Pairs {
  readonly #found = {
    archives: [] as ListedObject[],
    unproven: [] as ListedObject[],
    dangling: [] as ListedObject[],
    outlived: [] as ListedObject[],
  };
  /**
   * A manifest that waits for its archive. They share a stem, and in the order of keys nothing of ours comes
   * between `….manifest.json`, `….tar.gz` and `….verified.json`.
   */
  #manifest: ListedObject | undefined;

  add({ kind }: ParsedKey, object: ListedObject): void {
    if (kind === 'verification') {
      this.#letGo();
      this.#verified(object);
    } else if (kind === 'manifest') {
      this.#letGo();
      this.#manifest = object;
    } else if (this.#manifest !== undefined && isSame(this.#manifest, object)) {
      this.#manifest = undefined;
      this.#found.archives.push(object);
    } else {
      this.#letGo();
      this.#found.unproven.push(object);
    }
  }

  end(): ArchiveListing {
    this.#letGo();
    for (const group of Object.values(this.#found)) group.sort(newestFirst);
    return this.#found;
  }

  /**
   * That of the archive that came just before it. An unproven one may still become one. What is older than the object is of
   * an earlier one at the same key, and says nothing of this one; not so with the manifest, which is put back where a lock
   * keeps the object.
   */
  #verified(object: ListedObject): void {
    const { archives, unproven, outlived } = this.#found;
    const archive = archives.at(-1);
    const isOf = (other: ListedObject | undefined) => other !== undefined && isSame(other, object);
    if (archive !== undefined && isOf(archive)) {
      if (object.lastModified < archive.lastModified) return;
      archives[archives.length - 1] = { ...archive, verifiedAt: object.lastModified };
    } else if (!isOf(unproven.at(-1))) outlived.push(object);
  }

  #letGo(): void {
    if (this.#manifest !== undefined) this.#found.dangling.push(this.#manifest);
    this.#manifest = undefined;
  }
}

function isSame(a: ListedObject, b: ListedObject): boolean {
  return (
    a.database === b.database && a.backupId === b.backupId && a.createdAt.getTime() === b.createdAt.getTime()
  );
}
