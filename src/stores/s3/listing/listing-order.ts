/** The ways in which stores are known to order a listing. */
type Order = (a: string, b: string) => boolean;

/**
 * The order of one listing. S3 lists by the bytes of the whole key (API_ListObjectsV2). SeaweedFS lists folder by
 * folder, so `shop/…` comes before `shop-eu/…`, although `-` is less than `/`. Both page by `StartAfter` in the order
 * that they list in. A listing that keeps to neither cannot be paged: keys may be left out.
 */
export class ListingOrder {
  #possible: readonly Order[] = [byBytes, byFolders];

  /** Notes that `b` was listed next after `a`. Returns whether one order explains all that was noted so far. */
  note(a: string, b: string): boolean {
    this.#possible = this.#possible.filter((isAscending) => isAscending(a, b));
    return this.#possible.length > 0;
  }
}

/** By the bytes of their UTF-8. JavaScript's own order differs only where surrogates are involved. */
function byBytes(a: string, b: string): boolean {
  return SURROGATE.test(a) || SURROGATE.test(b) ? Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0 : a < b;
}

/** As bytes, with `/` less than every other byte, so that all keys of a folder come before those of `<folder>-…`. */
function byFolders(a: string, b: string): boolean {
  return byBytes(a.replaceAll('/', '\0'), b.replaceAll('/', '\0'));
}

const SURROGATE = /[\ud800-\udfff]/;
