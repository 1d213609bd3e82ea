import {
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { clientFor, errorCode, errorStatus, outcome } from './s3-client.ts';
import type { Contract } from './s3-contract.ts';

/** Who may enter, and what is said to those who may not. */
export function accessContract({ client, connection }: Contract): void {
  describe('access', () => {
    test('an unknown access key id is refused', async () => {
      const { address, bucket, capabilities } = connection();
      const stranger = clientFor({ ...address, accessKeyId: 'AKIAUNKNOWNEXAMPLE00' });
      const error = await stranger.send(new ListObjectsV2Command({ Bucket: bucket })).then(
        () => undefined,
        (refusal: unknown) => refusal,
      );
      stranger.destroy();
      expect(errorCode(error)).toBe(capabilities.unknownAccessKey.code);
      expect(errorStatus(error)).toBe(capabilities.unknownAccessKey.status);
    });

    test('a wrong secret is refused, with 403 and no document on HEAD', async () => {
      const { address, bucket } = connection();
      const forger = clientFor({ ...address, secretAccessKey: 'not-the-secret' });
      expect(await outcome(forger.send(new ListObjectsV2Command({ Bucket: bucket })))).toBe(
        'SignatureDoesNotMatch',
      );
      expect(await outcome(forger.send(new HeadObjectCommand({ Bucket: bucket, Key: 'x' })))).toBe('403');
      forger.destroy();
    });

    test('a signature for another region', async () => {
      const { address, bucket, capabilities } = connection();
      const abroad = clientFor({ ...address, region: 'eu-west-3' });
      expect(await outcome(abroad.send(new ListObjectsV2Command({ Bucket: bucket })))).toBe(
        capabilities.otherRegion,
      );
      abroad.destroy();
    });

    test('a bucket that does not exist', async () => {
      const bucket = 'no-such-bucket-anywhere';
      const ask = client();
      expect(await outcome(ask.send(new HeadBucketCommand({ Bucket: bucket })))).toBe('NotFound');
      expect(await outcome(ask.send(new ListObjectsV2Command({ Bucket: bucket })))).toBe('NoSuchBucket');
      expect(await outcome(ask.send(new GetObjectCommand({ Bucket: bucket, Key: 'x' })))).toBe(
        'NoSuchBucket',
      );
      expect(await outcome(ask.send(new PutObjectCommand({ Bucket: bucket, Key: 'x', Body: 'x' })))).toBe(
        'NoSuchBucket',
      );
    });

    test('every response carries a request id', async () => {
      const { bucket } = connection();
      const answer = await client().send(new HeadBucketCommand({ Bucket: bucket }));
      expect(answer.$metadata.requestId).toMatch(/^\w+/);
      const error = await client()
        .send(new GetObjectCommand({ Bucket: bucket, Key: 'nothing/here' }))
        .catch((refusal: unknown) => refusal);
      expect(error).toMatchObject({
        name: 'NoSuchKey',
        $metadata: { requestId: expect.stringMatching(/^\w+/) },
      });
    });
  });
}
