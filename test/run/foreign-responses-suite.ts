import { expect, it } from 'vitest';
import { archiveDigest, fileArchive } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { Fault } from '../../sandbox/s3/failures.ts';
import type { RecordedRequest } from '../../sandbox/s3/options.ts';
import { answer, cutShort, type Operation } from '../../sandbox/scalingo/fault.ts';
import { ArchiverError } from '../../src/model/errors.ts';
import { archiveDatabase } from '../../src/run/archive-database.ts';
import { pruneDatabase } from '../../src/run/prune/prune-database.ts';
import { calm } from '../stores/s3/store-fixture.ts';
import { JobFixture, PART } from './job-fixture.ts';

const DAY = 86_400_000;
const archive = syntheticArchive({ size: 3 * PART + 11, seed: 'foreign' });

/** What something in between answers with status 200. `half` is the proper response, cut. */
const BODIES: Readonly<Record<string, string>> = {
  'an empty body': '',
  'an HTML page': '<html><head><title>Sign in</title><body><p>Welcome<br></body></html>',
  'an XHTML page':
    '<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
  'another S3 document':
    '<?xml version="1.0"?><ListAllMyBucketsResult><Owner/><Buckets/></ListAllMyBucketsResult>',
  'half a document': 'half',
};
const NAMES = Object.keys(BODIES);

/** A night: tonight's backup is archived, and yesterday's archive goes by the policy. */
async function night(fixture: JobFixture): Promise<void> {
  const job = { ...fixture.job(), allowMassDeletion: true };
  const keepOne = { ...job, retention: { ...job.retention, keepLast: 1 } };
  await fixture.store.requireBucket(calm());
  await archiveDatabase(keepOne, calm());
  await pruneDatabase(keepOne, { force: true }, calm());
}

async function startAfterOneNight(): Promise<JobFixture> {
  const fixture = await JobFixture.start({ archive });
  await night(fixture);
  fixture.clock.set(fixture.clock.now() + DAY);
  return fixture;
}

/** The night with the fault, and what has to hold then, and after the undisturbed ones that follow. */
async function disturbed(fixture: JobFixture, cell: string): Promise<boolean> {
  const { s3, database, clock } = fixture;
  const thrown = await night(fixture).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown !== undefined) expect(thrown, cell).toBeInstanceOf(ArchiverError);
  expect(database.backups.length, cell).toBeLessThanOrEqual(2);
  if (thrown === undefined) await expectNewest(fixture, 2, cell);
  // What failed keeps what was there.
  else expect(manifestsOf(fixture).length, cell).toBeGreaterThan(0);
  if (thrown !== undefined) {
    await night(fixture);
    expect(database.backups.length, cell).toBe(2);
    await expectNewest(fixture, 2, cell);
  }
  clock.set(clock.now() + DAY);
  await night(fixture);
  expect(database.backups.length, cell).toBe(3);
  await expectNewest(fixture, 3, cell);
  expect(fixture.keys(), cell).toHaveLength(2);
  expect(s3.uploads(), cell).toEqual([]);
  return thrown === undefined;
}

function manifestsOf(fixture: JobFixture): string[] {
  return fixture.keys().filter((key) => key.endsWith('.manifest.json'));
}

/** The newest backup has its manifest, and under it the bytes of the archive. */
async function expectNewest(fixture: JobFixture, count: number, cell: string): Promise<void> {
  expect(fixture.database.backups.length, cell).toBe(count);
  const { id } = fixture.database.newestBackup;
  const manifest = manifestsOf(fixture).find((key) => key.includes(id));
  expect(manifest, cell).toBeDefined();
  const object = fixture.s3.object(manifest?.replace('.manifest.json', '.tar.gz') ?? '');
  expect(await archiveDigest(fileArchive(object?.path ?? '')), cell).toBe(await archiveDigest(archive));
}

/**
 * Each request of a night to the store is answered by each of the bodies, with and without having had its effect.
 * @param everyTime each request, and not only the first of its operation
 * @param oneIn of so many of them, and other ones for each body
 */
export function foreignStoreSuite({ everyTime, oneIn }: { everyTime: boolean; oneIn: number }): void {
  it.each(NAMES.map((name, index) => ({ name, index })))(
    'the store: $name',
    async ({ name, index }) => {
      const cells = (await requestsOfANight(everyTime)).flatMap((request) =>
        faultsOf(BODIES[name] ?? '').map((fault) => ({ ...request, fault })),
      );
      for (const { operation, nth, fault } of someOf(cells, oneIn, index)) {
        await using fixture = await startAfterOneNight();
        const script = fixture.s3.fail({ operation, skip: nth, fault });
        const cell = `${operation} ${nth + 1}: ${name}, ${JSON.stringify(fault)}`;
        // One response that is not the store's costs no night.
        expect(await disturbed(fixture, cell), cell).toBe(true);
        expect(script.hits, cell).toBe(1);
      }
    },
    240_000,
  );
}

/** One in so many, from another one on for each `first`: every kind has its turn. */
function someOf<Item>(items: readonly Item[], oneIn: number, first: number): Item[] {
  return items.filter((_, index) => (index + first) % oneIn === 0);
}

function faultsOf(body: string): Fault[] {
  if (body === 'half') return [{ kind: 'half' }];
  return [false, true].map((executed) => ({ kind: 'foreign', body, executed }));
}

async function requestsOfANight(
  everyTime: boolean,
): Promise<{ operation: RecordedRequest['operation']; nth: number }[]> {
  await using fixture = await startAfterOneNight();
  const before = fixture.s3.requests.length;
  await night(fixture);
  const seen = new Map<RecordedRequest['operation'], number>();
  return fixture.s3.requests.slice(before).flatMap(({ operation }) => {
    const nth = seen.get(operation) ?? 0;
    seen.set(operation, nth + 1);
    return nth === 0 || everyTime ? [{ operation, nth }] : [];
  });
}

/**
 * Each JSON call of a night to Scalingo is answered by each of the bodies.
 * @param oneIn of so many calls, and other ones for each body
 */
export function foreignScalingoSuite({ oneIn }: { oneIn: number }): void {
  const bodies = {
    ...BODIES,
    'an error in JSON': '{"error":"fail to reach the backend"}',
    'an empty object': '{}',
  };
  const calls: readonly { operation: Operation; executed: boolean }[] = [
    { operation: 'exchange', executed: false },
    { operation: 'addonToken', executed: false },
    { operation: 'database', executed: false },
    { operation: 'list', executed: false },
    { operation: 'create', executed: false },
    { operation: 'create', executed: true },
    { operation: 'archive', executed: false },
  ];
  it.each(Object.entries(bodies).map(([name, body], index) => ({ name, body, index })))(
    'Scalingo: $name',
    async ({ name, body, index }) => {
      for (const { operation, executed } of someOf(calls, oneIn, index)) {
        await using fixture = await startAfterOneNight();
        const fault = body === 'half' ? cutShort() : answer(200, body, { executed });
        let hits = 0;
        fixture.scalingo.intercept = (call) =>
          call.operation === operation && hits++ === 0 ? fault : undefined;
        // Tokens live for an hour: by the second night both are asked for again.
        const cell = `${operation}: ${name}`;
        expect(await disturbed(fixture, cell), cell).toBe(true);
        expect(hits, cell).toBeGreaterThan(0);
      }
    },
    120_000,
  );
}
