import { SourceError } from '../../src/model/errors.ts';
import { sourceContract } from '../sources/source-contract.ts';
import { storeContract } from '../stores/store-contract.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { archiveOf, MemoryAccount } from './memory-account.ts';
import { MemoryBucket } from './memory-bucket.ts';
import { MemorySource } from './memory-source.ts';
import { MemoryStore } from './memory-store.ts';
import { DIRECT } from './wire.ts';

const MiB = 2 ** 20;

for (const vouching of ['full-object', 'composite', 'md5', 'nothing'] as const) {
  storeContract(`in memory, which vouches by ${vouching}`, async () => {
    const bucket = new MemoryBucket(vouching, () => Date.now());
    const options = { partSize: 5 * MiB, streamPartSize: 5 * MiB, concurrency: 2, canReadBack: true };
    return { store: new MemoryStore(bucket, DIRECT, options), close: async () => {} };
  });
}

sourceContract('in memory', async () => {
  const random = seededRandom(1);
  const options = {
    hasRanges: true,
    hasContentTag: true,
    listLag: 0,
    failing: 0,
    manualKept: 10,
    longest: 0,
  };
  let now = Date.parse('2026-01-01T03:00Z');
  const account = new MemoryAccount('shop', options, () => now, random);
  const bytes = ['older', 'newer'].map((text) => archiveOf(text, 9000, random));
  const made = bytes.map((each) => {
    now += 60_000;
    return account.make('periodic', false, { bytes: each, readyAt: 0 });
  });
  // Backups take a while, so that a second request meets the first.
  Object.assign(options, { longest: 60_000 });
  let isThere = true;
  const wire = {
    ...DIRECT,
    call: async <Result>(...[call, effect, signal]: Parameters<typeof DIRECT.call<Result>>) => {
      if (isThere) return DIRECT.call(call, effect, signal);
      throw new SourceError('scalingo.network', 'the source is gone', {
        operation: call.name,
        retryable: true,
      });
    },
  };
  return {
    database: new MemorySource('shop', account, wire),
    backups: made.toReversed().map(({ id, bytes: held }) => ({ id, bytes: held })),
    stop: async () => {
      isThere = false;
    },
    [Symbol.asyncDispose]: async () => {},
  };
});
