import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { flippedByteArchive } from '../../sandbox/archive/altered-archive.ts';
import { archiveBytes } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { cuts, errorTextAnswer } from '../../sandbox/scalingo/download-behaviour.ts';
import type { SimulatedBackup } from '../../sandbox/scalingo/simulated-backup.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';
import { DatabaseCaller } from './api-caller.ts';
import { rawDownload } from './raw-download.ts';

const SIZE = 1_000_003;
const archive = syntheticArchive({ size: SIZE, seed: 'download' });
const whole = await archiveBytes(archive);

const now = Date.parse('2026-03-01T12:00:00Z');
let scalingo: SimulatedScalingo;
let database: SimulatedDatabase;
let backup: SimulatedBackup;
let caller: DatabaseCaller;

beforeEach(async () => {
  scalingo = await SimulatedScalingo.start({ clock: { now: () => now } });
  database = scalingo.addDatabase({ app: 'shop', archive });
  backup = database.addBackup();
  caller = new DatabaseCaller(scalingo, database);
});
afterEach(() => scalingo.close());

async function download(headers: Record<string, string> = {}) {
  return rawDownload(await caller.link(backup.id), headers);
}

describe('misbehaviour', () => {
  it('cuts after exactly so many bytes, so many times, and then no more', async () => {
    database.nextDownloads(...cuts(3, 200_001));
    for (let n = 0; n < 3; n++) {
      const { bytes, failure } = await download({ range: `bytes=${n * 200_001}-` });
      expect({ failure, length: bytes.length }).toEqual({ failure: 'ECONNRESET', length: 200_001 });
      expect(bytes.equals(whole.subarray(n * 200_001, (n + 1) * 200_001))).toBe(true);
    }
    expect(await download({ range: 'bytes=600003-' })).toMatchObject({ status: 206, failure: null });
  });

  it.each(['length', 'chunked', 'close'] as const)('a reset is an error with framing %s', async (framing) => {
    database.nextDownloads({ framing, cutAfter: 100_000, cutBy: 'reset' });
    const { bytes, failure } = await download();
    expect(failure).toBe('ECONNRESET');
    expect(bytes.equals(whole.subarray(0, bytes.length))).toBe(true);
    expect(bytes.length).toBeLessThanOrEqual(100_000);
  });

  it('cuts before the first byte', async () => {
    database.nextDownloads({ cutAfter: 0 });
    const { status, bytes, failure } = await download();
    expect({ status, failure, length: bytes.length }).toEqual({
      status: 200,
      failure: 'ECONNRESET',
      length: 0,
    });
  });

  it('stalls with the connection open until the client leaves', async () => {
    database.nextDownloads({ stallAfter: 100_000 });
    const url = await caller.link(backup.id);
    const request = get(url, { agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let received = 0;
    for await (const chunk of response.iterator({ destroyOnReturn: false })) {
      received += (chunk as Buffer).length;
      if (received === 100_000) break;
    }
    const record = scalingo.requestsOf('download')[0];
    expect(record).toMatchObject({ bytesSent: 100_000, finished: false });
    expect(scalingo.activeDownloads).toBe(1);
    const gone = once(response, 'close');
    response.destroy();
    await gone;
    await expect.poll(() => record?.finished).toBe(true);
    expect(scalingo.activeDownloads).toBe(0);
  });

  it('ignores or refuses Range when told to', async () => {
    database.download = { range: 'ignore' };
    const ignored = await download({ range: 'bytes=5-' });
    expect(ignored.status).toBe(200);
    expect(ignored.headers['accept-ranges']).toBeUndefined();
    database.download = { range: 'refuse' };
    expect((await download({ range: 'bytes=5-' })).status).toBe(416);
    expect((await download()).status).toBe(200);
  });

  it('answers with an error text or a status instead of an archive', async () => {
    database.nextDownloads(errorTextAnswer('fail to get archive'), {
      answer: { status: 410, body: 'gone' },
    });
    expect(await download()).toMatchObject({ status: 200, bytes: Buffer.from('fail to get archive') });
    expect(await download()).toMatchObject({ status: 410 });
    expect((await download()).bytes.equals(whole)).toBe(true);
  });

  it('serves other bytes under another ETag, or under the same', async () => {
    database.nextDownloads(
      { archive: flippedByteArchive(archive, 77) },
      { archive: flippedByteArchive(archive, 77, { keepValidator: true }) },
      { validator: 'moved' },
    );
    const answers = [await download(), await download(), await download()];
    expect(answers.map(({ bytes }) => bytes.equals(whole))).toEqual([false, false, true]);
    const { validator } = archive;
    expect(answers[0]?.headers.etag).not.toBe(`"${validator}"`);
    expect(answers.slice(1).map(({ headers }) => headers.etag)).toEqual([`"${validator}"`, '"moved"']);
  });

  it.each(['cross-origin', 'same-origin'] as const)(
    'redirects %s, the rest behaving as told',
    async (redirect) => {
      database.nextDownloads({ redirect, framing: 'chunked' });
      const { status, headers } = await download();
      expect(status).toBe(302);
      const target = headers.location ?? '';
      const origin = redirect === 'cross-origin' ? scalingo.storageUrl : scalingo.databaseApiUrl;
      expect(target.startsWith(`${origin}/objects/`)).toBe(true);
      expect(scalingo.issuedSecrets()).toContain(new URL(target).searchParams.get('signature'));
      expect((await rawDownload(target, { authorization: 'Bearer x' })).status).toBe(400);
      const object = await rawDownload(target, { range: 'bytes=5-9' });
      expect(object).toMatchObject({ status: 206, bytes: whole.subarray(5, 10) });
      expect(object.headers['transfer-encoding']).toBe('chunked');
      expect((await rawDownload(`${target}x`)).status).toBe(403);
      expect(scalingo.count('object')).toBe(3);
    },
  );

  it('paces each connection', async () => {
    database.download = { bytesPerSecond: 2_000_000, latencyMs: 50 };
    const began = performance.now();
    const both = await Promise.all([download(), download()]);
    const elapsed = performance.now() - began;
    for (const { bytes } of both) expect(bytes.equals(whole)).toBe(true);
    // Each has its own half second and latency; two on one budget would take a second.
    expect(elapsed).toBeGreaterThan(500);
    expect(scalingo.peakDownloads).toBe(2);
  });
});
