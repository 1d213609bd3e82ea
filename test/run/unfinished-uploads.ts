import { Readable } from 'node:stream';
import { NO_REDACTION } from '../../src/ports/redaction.ts';
import type { DatabaseJob } from '../../src/run/database-job.ts';
import { Seams } from '../../src/run/download/seams.ts';
import { SourceFaults } from '../../src/run/download/source-faults.ts';
import type { RangedSource } from '../../src/run/transfer/ranged-parts.ts';
import { MemoryBucket, type Vouching } from '../simulation/memory-bucket.ts';
import { MemoryStore } from '../simulation/memory-store.ts';
import { DIRECT, type Wire } from '../simulation/wire.ts';
import { jobOf } from '../support/database-job.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { memoryLog } from '../support/memory-log.ts';
import { seededRandom } from '../support/seeded-random.ts';

/** Bytes of every part but the last, which has half. */
export const PART = 100;
export const LAST = 6;
export const SIZE = 550;
export const LAYOUT = { partSize: PART, concurrency: 2 };

const random = seededRandom(1);
const noise = () => Buffer.from(Array.from({ length: SIZE - 3 }, () => Math.floor(random() * 256)));
export const bytes = Buffer.concat([Buffer.from([0x1f, 0x8b, 0x08]), noise()]);
export const other = Buffer.concat([Buffer.from([0x1f, 0x8b, 0x08]), noise()]);
const archive = { database: 'shop', createdAt: new Date('2026-01-01T03:00Z'), backupId: 'b1' };

/** A bucket in memory with unfinished uploads of one archive, and its source. */
export function unfinished({
  vouching = 'full-object' as Vouching,
  canReadBack = true,
  wire = DIRECT as Wire,
} = {}) {
  const clock = new FakeClock({ auto: true });
  const bucket = new MemoryBucket(vouching, () => clock.now());
  const store = new MemoryStore(bucket, wire, {
    partSize: PART,
    streamPartSize: PART,
    concurrency: 2,
    canReadBack,
  });
  const { log, events } = memoryLog();
  /** First bytes of the ranges that were asked for. */
  const asked: (number | undefined)[] = [];
  const open: DatabaseJob['reader']['open'] = async (_, { start, end }) => {
    asked.push(start);
    return downloadOf(start, end);
  };
  const unused = {} as DatabaseJob['catalogue'];
  const job = jobOf({
    app: 'shop',
    sourceId: 'ad-1',
    catalogue: unused,
    reader: { open },
    store,
    clock,
    log,
  });
  return {
    ...{ job, bucket, asked, events },
    /** Begins an upload with parts of these numbers. @param change makes other bytes of those of a part */
    begin(numbers: readonly number[], change = (part: Buffer, _number: number) => part) {
      const { uploadId, parts } = bucket.begin(archive, {});
      for (const number of numbers) {
        const part = change(partOf(number), number);
        parts.set(number, { bytes: part, fingerprint: bucket.fingerprintOf(part) });
      }
      return uploadId;
    },
    uploads: () => bucket.uploadsOf('shop'),
    /** What the transfer knows of the source, with the first response open or not. */
    source(first?: RangedSource['first']): RangedSource {
      const faults = new SourceFaults('b1', 'the source', NO_REDACTION);
      const attempts = { backupId: 'b1', maxAttempts: 1, clock, random: () => 0.5, log, faults };
      const seams = new Seams();
      seams.begin({ contentTag: '"v"' });
      return { archive: { size: SIZE, validator: '"v"' }, layout: LAYOUT, first, attempts, seams };
    },
  };
}

/** A response with this range of the archive. */
export function downloadOf(start: number, end = SIZE - 1) {
  const body = bytes.subarray(start, end + 1);
  const tags = { validator: '"v"', contentTag: '"v"' };
  const framing = { start, partial: true, length: body.length, totalSize: SIZE, framed: true };
  return { ...framing, ...tags, body: Readable.from([body], { objectMode: false }) };
}

export function partOf(number: number, of = bytes): Buffer {
  return of.subarray((number - 1) * PART, number * PART);
}
