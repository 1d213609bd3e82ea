import { expect, it } from 'vitest';
import { raw, ScriptedServer } from '../../sources/scalingo/scripted-server.ts';
import { ARCHIVE, BUCKET, calm, KEY, startStore } from './store-fixture.ts';

/** A listing of these parts: number and ETag, each of five bytes. */
async function listing(...parts: readonly (readonly [number, string])[]): Promise<ScriptedServer> {
  const xml = parts.map(
    ([number, tag]) => `<Part><PartNumber>${number}</PartNumber><ETag>"${tag}"</ETag><Size>5</Size></Part>`,
  );
  const server = await ScriptedServer.start();
  const body = `<ListPartsResult><IsTruncated>false</IsTruncated>${xml.join('')}</ListPartsResult>`;
  server.on(`GET /${BUCKET}/${KEY}`, raw(200, body, { 'content-type': 'application/xml' }));
  return server;
}

// SeaweedFS lists a part as often as it was sent.
it('a part that is listed twice is one part, or is sent again where the two differ', async () => {
  await using server = await listing([1, 'a'], [1, 'a'], [2, 'b'], [2, 'c'], [3, 'd'], [2, 'b']);
  await using fixture = await startStore({ endpoint: server.url });
  const left = { ...ARCHIVE, key: KEY, uploadId: 'u1', initiatedAt: new Date(0) };
  const parts = await fixture.store.resumeUpload(left, { mustBeNew: true }).listParts(calm());
  expect(parts.map(({ number, fingerprint }) => [number, fingerprint])).toEqual([
    [1, 'a'],
    [3, 'd'],
  ]);
});
