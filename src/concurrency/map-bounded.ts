/**
 * What `work` makes of each item, in the order of the items, with so many of them under way at once. The first failure
 * keeps those that wait from beginning, and ends the signal of the others.
 * @throws what `work` threw first; the signal's reason
 */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item, signal: AbortSignal) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result[]> {
  const failing = new AbortController();
  const ended = signal === undefined ? failing.signal : AbortSignal.any([signal, failing.signal]);
  const results = new Array<Result>(items.length);
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) {
      ended.throwIfAborted();
      results[index] = await work(item, ended);
    }
  };
  const workers = Array.from({ length: Math.min(limit, items.length) }, () =>
    worker().catch((error: unknown) => {
      failing.abort(error);
      throw error;
    }),
  );
  await Promise.all(workers);
  return results;
}
