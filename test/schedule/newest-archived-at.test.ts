import { expect, it } from 'vitest';
import { archiveKey } from '../../src/model/archive-key.ts';
import { checkObject } from '../../src/model/check-object.ts';
import { newestArchivedAt } from '../../src/schedule/newest-archived-at.ts';
import { ARCHIVE, calm, KEY, startStore } from '../stores/s3/store-fixture.ts';

const OF_A_CHECK = checkObject('shop', 'ab-12');

it.each([
  ['an object', KEY, 'begun'],
  ['an object of a check', archiveKey('', OF_A_CHECK), undefined],
])('%s without a manifest is an archive begun, or not', async (_, key, expected) => {
  await using fixture = await startStore();
  expect(await newestArchivedAt(fixture.store, 'shop', calm())).toBeUndefined();
  fixture.s3.put(key, 'bytes');
  expect(await newestArchivedAt(fixture.store, 'shop', calm())).toBe(expected);
});

it.each([
  ['an upload', ARCHIVE, 'begun'],
  ['an upload of a check', OF_A_CHECK, undefined],
])('%s is an archive begun, or not', async (_, archive, expected) => {
  await using fixture = await startStore();
  await fixture.store.beginUpload({ archive, mustBeNew: true, metadata: {} }, calm());
  expect(fixture.s3.uploads()).toHaveLength(1);
  expect(await newestArchivedAt(fixture.store, 'shop', calm())).toBe(expected);
});
