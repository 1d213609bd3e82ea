import type { ArchiveStore, PartedUpload, UploadRequest } from '../../ports/archive-store.ts';
import type { HeldLease } from './lease.ts';

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
    writeManifest: async (manifest, signal) => {
      lease.require();
      await store.writeManifest(manifest, signal);
    },
    deleteManifest: async (archive, signal) => {
      lease.require();
      await store.deleteManifest(archive, signal);
    },
    deleteObject: async (archive, signal) => {
      lease.require();
      await store.deleteObject(archive, signal);
    },
    deleteVerification: async (archive, signal) => {
      lease.require();
      await store.deleteVerification(archive, signal);
    },
    writePolicyRecord: async (record, signal) => {
      lease.require();
      await store.writePolicyRecord(record, signal);
    },
    abortUpload: async (upload, signal) => {
      lease.require();
      await store.abortUpload(upload, signal);
    },
  };
  return new Proxy(store, {
    get: (target, name) => {
      const change: unknown = Reflect.get(changes, name);
      if (change !== undefined) return change;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
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
