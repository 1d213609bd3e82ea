import { expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { Fault } from '../../sandbox/s3/failures.ts';
import type { S3Operation } from '../../sandbox/s3/options.ts';
import type { DownloadBehaviour } from '../../sandbox/scalingo/download-behaviour.ts';
import { calm } from '../stores/s3/store-fixture.ts';
import { JobFixture, PART } from './job-fixture.ts';

const archive = syntheticArchive({ size: 2 * PART + 11, seed: 'single' });
const PAGE = '<html><head><title>504</title><body><p>upstream<br></body></html>';

const FAULTS: Readonly<Record<string, Fault>> = {
  'a connection that is reset': { kind: 'reset', afterBytes: 0 },
  'a response that is lost': { kind: 'lose-answer' },
  'a 502 with a page': { kind: 'foreign', body: PAGE, contentType: 'text/html', status: 502 },
  'a 504 with half an error': { kind: 'foreign', body: '<Error><Code>Gat', status: 504 },
  'a 503': { kind: 'error', code: 'SlowDown' },
  'a 409': { kind: 'error', code: 'ConditionalRequestConflict', status: 409 },
  'an empty 200': { kind: 'foreign', body: '' },
  'a page in a 200': { kind: 'foreign', body: PAGE, contentType: 'text/html' },
  'half a response': { kind: 'half' },
};
const CALLS: readonly (readonly [S3Operation, number])[] = [
  ['HeadBucket', 0],
  ['CreateMultipartUpload', 0],
  ['CreateMultipartUpload', 1],
  ['UploadPart', 0],
  ['UploadPart', 1],
  ['UploadPart', 2],
  ['UploadPart', 4],
  ['ListParts', 0],
  ['AbortMultipartUpload', 0],
  ['ListObjectsV2', 0],
  ['ListMultipartUploads', 0],
  ['CompleteMultipartUpload', 0],
  ['HeadObject', 0],
  ['PutObject', 0],
];
const WAYS: readonly (readonly [string, DownloadBehaviour])[] = [
  ['in parallel', {}],
  ['as a stream', { range: 'ignore' }],
];

interface Cell {
  readonly download: DownloadBehaviour;
  readonly fault: Fault;
  readonly operation: S3Operation;
  readonly skip: number;
}

async function disturbed({ download, fault, operation, skip }: Cell): Promise<void> {
  await using fixture = await JobFixture.start({ archive, smallStream: true });
  fixture.database.download = download;
  const script = fixture.s3.fail({ operation, skip, fault });
  await fixture.store.requireBucket(calm());
  await fixture.run();
  expect(script.hits).toBe(1);
  // Begun, and its id lost: it has no part, and waits for the next run to abort it.
  const unknown = fixture.s3.uploads().filter(({ parts }) => parts.length === 0);
  if (operation === 'CreateMultipartUpload' && unknown.length === 1) {
    for (const upload of unknown) await fixture.store.abortUpload(upload, calm());
  }
  await fixture.expectOnlyArchive();
}

/**
 * One fault on one call to the store, of every kind and at every call of a copy: it is healed inside the run.
 * @param oneIn of so many calls, and other ones for each fault
 */
export function singleFaultSuite({ oneIn }: { oneIn: number }): void {
  const cells = WAYS.flatMap(([way, download], nth) =>
    Object.entries(FAULTS).flatMap(([name, fault], kind) =>
      CALLS.flatMap(([operation, skip], call) =>
        (call + kind + nth) % oneIn === 0 ? [{ way, download, name, fault, operation, skip }] : [],
      ),
    ),
  );
  it.each(cells)('$way: $name at $operation, after $skip of them', (cell) => disturbed(cell));
}
