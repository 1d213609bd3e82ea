import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe } from 'vitest';
import { type Connection, clientFor } from './s3-client.ts';
import { accessContract } from './s3-contract-access.ts';
import { checksumContract } from './s3-contract-checksums.ts';
import { listingContract } from './s3-contract-listing.ts';
import { multipartContract } from './s3-contract-multipart.ts';
import { objectContract } from './s3-contract-objects.ts';
import { uploadListContract } from './s3-contract-uploads.ts';

/** What the parts of the contract share: good only inside tests. */
export interface Contract {
  readonly client: () => S3Client;
  readonly connection: () => Connection;
}

/**
 * What this project needs of an S3 store, asked of a running server through the AWS SDK. Servers differ
 * in places; each is held to what `s3-abilities.ts` says of it.
 */
export function s3Contract(name: string, connect: () => Promise<Connection>): void {
  describe(`S3 contract on ${name}`, () => {
    let connection: Connection | undefined;
    let client: S3Client | undefined;
    beforeAll(async () => {
      connection = await connect();
      client = clientFor(connection.address);
    });
    afterAll(async () => {
      client?.destroy();
      await connection?.[Symbol.asyncDispose]();
    });
    const contract: Contract = {
      client: () => required(client),
      connection: () => required(connection),
    };
    accessContract(contract);
    objectContract(contract);
    listingContract(contract);
    multipartContract(contract);
    uploadListContract(contract);
    checksumContract(contract);
  });
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the server has not been started');
  return value;
}
