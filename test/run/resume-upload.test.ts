import { describe, expect, it } from 'vitest';
import { crc32, encodeCrc32 } from '../../src/integrity/crc32.ts';
import { StoreError } from '../../src/model/errors.ts';
import { findResumable, recheckParts } from '../../src/run/transfer/resume-upload.ts';
import { DIRECT } from '../simulation/wire.ts';
import { calm, rejectionOf } from '../support/outcomes.ts';
import { downloadOf, LAST, LAYOUT, other, partOf, SIZE, unfinished } from './unfinished-uploads.ts';

type Bucket = ReturnType<typeof unfinished>;

function find({ job, uploads }: Bucket, found = uploads()) {
  return findResumable(job, found, SIZE, LAYOUT, { mustBeNew: true }, calm());
}

/** The upload as it was found, and what comparing it with the source says. */
async function recheck(at: Bucket, source = at.source()) {
  const found = await find(at);
  if (found === undefined) throw new Error('there is nothing to resume');
  return { found, source, parts: await recheckParts(at.job, found, source, calm()) };
}

describe('the upload to resume', () => {
  it.each([
    [
      'first',
      [
        [1, 2, 3],
        [1, 2],
      ],
      0,
    ],
    ['last', [[1], [1, 2], [2, 3, LAST]], 2],
    [
      'first of two that have as many',
      [
        [1, 2],
        [2, 3],
      ],
      0,
    ],
  ])('is the one that has most parts: the %s', async (_, uploads, best) => {
    const at = unfinished();
    const ids = uploads.map((numbers) => at.begin(numbers));
    const found = await find(at);
    expect(found?.found.uploadId).toBe(ids[best]);
    expect(found?.parts.map(({ number }) => number)).toEqual(uploads[best]);
  });

  it.each<[string, readonly number[], ((part: Buffer, number: number) => Buffer)?]>([
    ['no part', []],
    ['a part number 0', [0, 1, 2]],
    ['a part after the last', [1, 2, LAST + 1]],
    ['a part of another layout', [1, 2], (part, number) => (number === 1 ? part.subarray(1) : part)],
    [
      'a last part of another length',
      [1, LAST],
      (part, number) => (number === LAST ? other.subarray(0, 100) : part),
    ],
  ])('is none that has %s', async (_, numbers, change) => {
    const at = unfinished();
    at.begin(numbers, change ?? (() => other.subarray(0, 100)));
    expect(await find(at)).toBeUndefined();
    const id = at.begin([3]);
    expect((await find(at))?.found.uploadId).toBe(id);
  });

  it('is none that has gone since it was listed', async () => {
    const at = unfinished();
    const gone = at.begin([1, 2]);
    const id = at.begin([1]);
    const listed = at.uploads();
    at.bucket.uploads.delete(gone);
    expect((await find(at, listed))?.found.uploadId).toBe(id);
  });

  it('is none that has an empty part after the last', async () => {
    const at = unfinished();
    at.begin([1, LAST], (part, number) => (number === LAST ? Buffer.alloc(0) : part));
    const full = 5 * LAYOUT.partSize;
    expect(
      await findResumable(at.job, at.uploads(), full, LAYOUT, { mustBeNew: true }, calm()),
    ).toBeUndefined();
  });

  it('is none that the store does not find', async () => {
    const gone = new StoreError('s3.not_found', '404', { operation: 'ListParts', kind: 'not-found' });
    const at = unfinished({ wire: { ...DIRECT, call: () => Promise.reject(gone) } });
    at.begin([1]);
    expect(await find(at)).toBeUndefined();
  });

  it('is not looked for where the store is away', async () => {
    const away = new StoreError('s3.network', 'ECONNREFUSED', { operation: 'ListParts', retryable: true });
    const at = unfinished({ wire: { ...DIRECT, call: () => Promise.reject(away) } });
    at.begin([1]);
    expect(await rejectionOf(find(at))).toBe(away);
  });
});

describe('the parts of an earlier run', () => {
  it('count where the first one has the bytes of the source; then the archive has to be unpacked', async () => {
    const at = unfinished();
    at.begin([2, 3, 4]);
    const { found, source, parts } = await recheck(at);
    expect(parts).toEqual(found.parts);
    expect(at.asked).toEqual([100]);
    expect(source.seams.needsUnpacking).toBe(true);
  });

  it('need no unpacking where there is but one, which was compared', async () => {
    const at = unfinished();
    at.begin([2]);
    const { source, parts } = await recheck(at);
    expect(parts).toHaveLength(1);
    expect(source.seams.needsUnpacking).toBe(false);
  });

  it('are compared with the response that is open, where that begins with them', async () => {
    const at = unfinished();
    at.begin([1, 2]);
    const { parts } = await recheck(at, at.source(downloadOf(0, 99)));
    expect(parts).toHaveLength(2);
    expect(at.asked).toEqual([]);
  });

  it('are asked for where the response that is open begins elsewhere', async () => {
    const at = unfinished();
    at.begin([2, 3]);
    const { parts } = await recheck(at, at.source(downloadOf(0, 99)));
    expect(parts).toHaveLength(2);
    expect(at.asked).toEqual([100]);
  });

  it('are all compared where the archive cannot be read again', async () => {
    const at = unfinished({ canReadBack: false });
    at.begin([1, 3, LAST]);
    const { found, source, parts } = await recheck(at);
    expect(parts).toEqual(found.parts);
    expect(at.asked).toEqual([0, 200, 500]);
    expect(source.seams.needsUnpacking).toBe(false);
  });

  it.each([
    ['the first, on a store that can read it back', 2, true, 1],
    ['the first', 2, false, 1],
    ['another', 4, false, 2],
  ])('do not count where one has other bytes: %s', async (_, changed, canReadBack, compared) => {
    const at = unfinished({ canReadBack });
    at.begin([2, 4], (part, number) => (number === changed ? partOf(number, other) : part));
    expect((await recheck(at)).parts).toBeUndefined();
    expect(at.asked).toHaveLength(compared);
  });

  it.each([
    ['small', (text: string) => text],
    ['capital', (text: string) => text.toUpperCase()],
  ])('are compared by their MD5, in %s digits, where the store lists no checksum', async (_, write) => {
    const at = unfinished({ vouching: 'md5' });
    const { fingerprintOf } = at.bucket;
    at.bucket.fingerprintOf = (part) => write(fingerprintOf.call(at.bucket, part));
    at.begin([2, 3]);
    const { found, parts } = await recheck(at);
    expect(found.parts).toMatchObject([{ digest: null }, { digest: null }]);
    expect(parts).toEqual([
      {
        ...found.parts[0],
        digest: { algorithm: 'CRC32', value: encodeCrc32(crc32(partOf(2))) },
        checkedBy: 'md5',
      },
      found.parts[1],
    ]);
  });

  it.each(['md5', 'nothing'] as const)(
    'do not count where the store vouches by %s for others',
    async (vouching) => {
      const at = unfinished({ vouching });
      at.begin([2, 3], (_, number) => partOf(number, other));
      expect((await recheck(at)).parts).toBeUndefined();
    },
  );
});
