import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { truncatedArchive } from '../../sandbox/archive/altered-archive.ts';
import { archiveBytes } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { SimulatedBackup } from '../../sandbox/scalingo/simulated-backup.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';
import { DatabaseCaller } from './api-caller.ts';
import { rawDownload } from './raw-download.ts';

const SIZE = 1_000_003;
const archive = syntheticArchive({ size: SIZE, seed: 'download' });
const whole = await archiveBytes(archive);

let now = Date.parse('2026-03-01T12:00:00Z');
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

describe('a download', () => {
  it('is the archive, with length, ETag and request id', async () => {
    const { status, headers, bytes, failure } = await download();
    expect({ status, failure }).toEqual({ status: 200, failure: null });
    expect(bytes.equals(whole)).toBe(true);
    expect(headers).toMatchObject({
      'content-length': String(SIZE),
      etag: `"${archive.validator}"`,
      'accept-ranges': 'bytes',
      'content-disposition': 'attachment; filename="20260301120000_shop-3938.tar.gz"',
      'x-request-id': scalingo.requestsOf('download')[0]?.id,
    });
    expect(scalingo.requestsOf('download')[0]).toMatchObject({ bytesSent: SIZE, status: 200 });
  });

  it.each([
    ['bytes=0-9', 0, 9],
    ['bytes=500000-', 500_000, SIZE - 1],
    ['bytes=500000-99999999', 500_000, SIZE - 1],
    ['bytes=-100', SIZE - 100, SIZE - 1],
    [`bytes=${SIZE - 1}-${SIZE - 1}`, SIZE - 1, SIZE - 1],
  ])('honours Range: %s', async (range, start, end) => {
    const { status, headers, bytes } = await download({ range });
    expect(status).toBe(206);
    expect(headers['content-range']).toBe(`bytes ${start}-${end}/${SIZE}`);
    expect(headers['content-length']).toBe(String(end - start + 1));
    expect(bytes.equals(whole.subarray(start, end + 1))).toBe(true);
  });

  it.each(['bytes=9-5', 'bytes=-', 'bytes=0-1,3-4', 'lines=1-2'])('ignores Range: %s', async (range) => {
    const { status, bytes } = await download({ range });
    expect({ status, whole: bytes.equals(whole) }).toEqual({ status: 200, whole: true });
  });

  it.each([`bytes=${SIZE}-`, 'bytes=99999999-', 'bytes=-0'])('answers 416 to Range: %s', async (range) => {
    const { status, headers } = await download({ range });
    expect(status).toBe(416);
    expect(headers['content-range']).toBe(`bytes */${SIZE}`);
  });

  it('honours If-Range with the same strong validator or date alone', async () => {
    database.download = { lastModified: true };
    const range = 'bytes=10-19';
    const status = async (validator: string) => (await download({ range, 'if-range': validator })).status;
    expect(await status(`"${archive.validator}"`)).toBe(206);
    expect(await status('Sun, 01 Mar 2026 12:00:00 GMT')).toBe(206);
    expect(await status('Sun, 01 Mar 2026 12:00:01 GMT')).toBe(200);
    expect(await status('"other"')).toBe(200);
    database.download = { etag: 'weak' };
    expect(await status(`W/"${archive.validator}"`)).toBe(200);
  });

  it('refuses a bearer beside the link', async () => {
    const { status } = await download({ authorization: `Bearer ${caller.bearer}` });
    expect(status).toBe(400);
  });
});

describe('links', () => {
  it('are refused when unknown, of another backup, or of one that is gone', async () => {
    const other = database.addBackup();
    const link = await caller.link(backup.id);
    expect((await rawDownload(`${link}x`)).status).toBe(403);
    expect((await rawDownload(link.replace(backup.id, other.id))).status).toBe(403);
    expect((await rawDownload(link.split('?')[0] ?? '')).status).toBe(403);
    database.removeBackup(backup.id);
    expect((await rawDownload(link)).status).toBe(404);
  });

  it('expire by the clock, with the status they are given', async () => {
    database.links = { lifetimeMs: 1000, oneTime: false, refusedStatus: 410 };
    const link = await caller.link(backup.id);
    now += 999;
    expect((await rawDownload(link)).status).toBe(200);
    now += 1;
    expect((await rawDownload(link)).status).toBe(410);
  });

  it('can be good for one time, and can be revoked', async () => {
    database.links = { ...database.links, oneTime: true, refusedStatus: 404 };
    const link = await caller.link(backup.id);
    expect((await rawDownload(link)).status).toBe(200);
    expect((await rawDownload(link)).status).toBe(404);
    const second = await caller.link(backup.id);
    scalingo.revokeLinks();
    expect((await rawDownload(second)).status).toBe(404);
  });

  it('are given for done backups alone', async () => {
    backup.setStatus('running');
    expect((await caller.get(`/backups/${backup.id}/archive`)).status).toBe(400);
  });

  it('are secrets', async () => {
    const token = new URL(await caller.link(backup.id)).searchParams.get('token');
    expect(scalingo.issuedSecrets()).toContain(token);
    expect(JSON.stringify(scalingo.requests)).not.toContain(token);
  });
});

describe('framing', () => {
  it('can be chunked', async () => {
    database.download = { framing: 'chunked', etag: 'none' };
    const { headers, bytes, failure } = await download();
    expect(headers['transfer-encoding']).toBe('chunked');
    expect(headers['content-length']).toBeUndefined();
    expect(headers.etag).toBeUndefined();
    expect({ failure, same: bytes.equals(whole) }).toEqual({ failure: null, same: true });
  });

  it('can be the end of the connection', async () => {
    database.download = { framing: 'close' };
    const { headers, bytes, failure } = await download();
    expect(headers['transfer-encoding']).toBeUndefined();
    expect(headers['content-length']).toBeUndefined();
    expect(headers.connection).toBe('close');
    expect({ failure, same: bytes.equals(whole) }).toEqual({ failure: null, same: true });
  });

  it.each(['chunked', 'close'] as const)('%s lets a body end early without a sign', async (framing) => {
    database.download = { framing, endAfter: 1234 };
    const { bytes, failure } = await download();
    expect({ failure, length: bytes.length }).toEqual({ failure: null, length: 1234 });
  });

  it('with a length, an early end is seen', async () => {
    database.download = { endAfter: 1234 };
    const { bytes, failure } = await download();
    expect({ failure, length: bytes.length }).toEqual({ failure: 'ECONNRESET', length: 1234 });
  });

  it('with a length that is a lie, it is not', async () => {
    database.download = { archive: truncatedArchive(archive, 5000) };
    const { bytes, failure, headers } = await download();
    expect({ failure, length: bytes.length }).toEqual({ failure: null, length: 5000 });
    expect(headers['content-length']).toBe('5000');
  });
});
