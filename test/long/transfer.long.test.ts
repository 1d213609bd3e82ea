import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe } from 'vitest';
import { type SeenObject, transferSuite } from '../e2e/transfer-suite.ts';
import { startSimulatedStore } from '../support/simulated-store.ts';
import type { StoreAddress } from '../support/test-store.ts';

describe("transfers to the sandbox's store", () => {
  transferSuite({
    open: async () => {
      const { address, s3, close } = await startSimulatedStore();
      return { store: address, s3, close };
    },
    look,
    proofs: {
      auto: { parallel: 'store-full-object', stream: 'store-full-object', resumed: 'store-full-object' },
      none: { parallel: 'part-md5', stream: 'part-md5', resumed: 'read-back' },
    },
  });
});

/** With the SDK, which is enough where the store is our own. */
async function look(store: StoreAddress, key: string): Promise<SeenObject> {
  const { endpoint, region, accessKeyId, secretAccessKey, bucket } = store;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  try {
    const head = await client.send(
      new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }),
    );
    return {
      size: head.ContentLength ?? 0,
      etag: head.ETag?.replaceAll('"', '') ?? '',
      checksums: head.ChecksumCRC32 === undefined ? {} : { CRC32: head.ChecksumCRC32 },
      checksumType: head.ChecksumType,
    };
  } finally {
    client.destroy();
  }
}
