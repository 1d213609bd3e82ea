import type { ArchiveStore, PartedUpload, UploadRequest } from '../../ports/archive-store.ts';
import type { HeldLease } from './lease.ts';

/** Steps that change something, each by one request. */
const STEPS: ReadonlySet<string | symbol> = new Set<keyof ArchiveStore>([
  'writeManifest',
  'deleteManifest',
  'deleteObject',
  'deleteVerification',
  'writePolicyRecord',
  'abortUpload',
]);

/**
 * A store on which no object and no upload comes into being, and none goes, once the lease may be another run's. Each
 * of these steps is checked as it begins. What is left over by it, the next run takes up or removes.
 */
export function whileHeld(store: ArchiveStore, lease: HeldLease): ArchiveStore {
  const changes: Partial<ArchiveStore> = {
    upload: async (request, signal) =>
      store.upload({ ...request, body: heldToItsEnd(request, lease) }, signal),
    beginUpload: async (request, signal) => {
      lease.require();
      return heldUpload(await store.beginUpload(request, signal), lease);
    },
    resumeUpload: (upload, options) => heldUpload(store.resumeUpload(upload, options), lease),
  };
  return new Proxy(store, {
    get: (target, name) => {
      const change: unknown = Reflect.get(changes, name);
      if (change !== undefined) return change;
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (!STEPS.has(name)) return member.bind(target);
      return async (...args: unknown[]): Promise<unknown> => {
        lease.require();
        return member.apply(target, args);
      };
    },
  });
}

function heldUpload(upload: PartedUpload, lease: HeldLease): PartedUpload {
  return {
    uploadId: upload.uploadId,
    algorithm: upload.algorithm,
    sendPart: (...args) => upload.sendPart(...args),
    listParts: (signal) => upload.listParts(signal),
    complete: async (...args) => {
      lease.require();
      return upload.complete(...args);
    },
  };
}

/** A body that fails at its end, and so its upload, instead of letting it be completed. */
async function* heldToItsEnd({ body }: UploadRequest, lease: HeldLease): AsyncGenerator<Buffer> {
  yield* body;
  lease.require();
}
