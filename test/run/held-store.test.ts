import { expect, it } from 'vitest';
import { ArchiverError } from '../../src/model/errors.ts';
import type { ArchiveStore, PartedUpload } from '../../src/ports/archive-store.ts';
import { whileHeld } from '../../src/run/lease/held-store.ts';
import { calm } from '../support/outcomes.ts';

const LOST = new ArchiverError('lock.lost', 'the lease is lost');
const archive = { database: 'shop', createdAt: new Date(0), backupId: 'b' };

/** A store that notes what it is asked for, behind a lease that can be lost. */
function start() {
  const asked: string[] = [];
  const note =
    (name: string, result: unknown = undefined) =>
    () => {
      asked.push(name);
      return Promise.resolve(result);
    };
  const parted = {
    uploadId: 'u',
    sendPart: note('sendPart'),
    listParts: note('listParts'),
    complete: note('complete'),
  };
  const real = {
    kind: 'noted',
    ...Object.fromEntries(
      [
        'list',
        'writeManifest',
        'deleteManifest',
        'deleteObject',
        'deleteVerification',
        'writePolicyRecord',
        'abortUpload',
      ].map((name) => [name, note(name)]),
    ),
    beginUpload: note('beginUpload', parted),
    resumeUpload: () => parted,
    upload: async ({ body }: { body: AsyncIterable<Buffer> }) => {
      for await (const chunk of body) asked.push(`chunk ${chunk.length}`);
      asked.push('complete');
    },
  };
  let isLost = false;
  const store = whileHeld(real as unknown as ArchiveStore, {
    require: () => {
      if (isLost) throw LOST;
    },
  });
  return { store, asked, lose: () => (isLost = true) };
}

type Step = (store: ArchiveStore, upload: PartedUpload) => Promise<unknown>;

it.each<[string, Step]>([
  ['writeManifest', (store) => store.writeManifest({} as never, calm())],
  ['deleteManifest', (store) => store.deleteManifest(archive, calm())],
  ['deleteObject', (store) => store.deleteObject(archive, calm())],
  ['deleteVerification', (store) => store.deleteVerification(archive, calm())],
  ['writePolicyRecord', (store) => store.writePolicyRecord({} as never, calm())],
  ['abortUpload', (store) => store.abortUpload({ key: 'k', uploadId: 'u' }, calm())],
  ['beginUpload', (store) => store.beginUpload({} as never, calm())],
  ['complete', (_, upload) => upload.complete([], 1, calm())],
])('%s passes while the lease is held, and not once it is lost', async (name, step) => {
  const { store, asked, lose } = start();
  const upload = store.resumeUpload({} as never, { mustBeNew: true });
  await step(store, upload);
  expect(asked).toEqual([name]);
  lose();
  await expect(step(store, upload)).rejects.toBe(LOST);
  expect(asked).toEqual([name]);
});

it('a stream is not completed once the lease is lost', async () => {
  const { store, asked, lose } = start();
  async function* body() {
    yield Buffer.alloc(3);
    lose();
  }
  await expect(store.upload({ body: body() } as never, calm())).rejects.toBe(LOST);
  expect(asked).toEqual(['chunk 3']);
});

it('what changes nothing goes on', async () => {
  const { store, asked, lose } = start();
  lose();
  await store.list('shop', calm());
  await store.resumeUpload({} as never, { mustBeNew: true }).listParts(calm());
  expect(asked).toEqual(['list', 'listParts']);
  expect(store.kind).toBe('noted');
});
