import { crc32 } from 'node:zlib';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { StoreCapabilities } from './s3-capabilities.ts';

/** Where a server is, and who may enter. */
export interface S3Address {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A server under test. */
export interface Connection extends AsyncDisposable {
  readonly address: S3Address;
  /** Empty, and used by nobody else. */
  readonly bucket: string;
  readonly capabilities: StoreCapabilities;
}

/** The SDK warns on the console where a streamed body cannot be sent twice. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** A client that asks once, and adds no checksum of its own. */
export function clientFor(address: S3Address, overrides: S3ClientConfig = {}): S3Client {
  return new S3Client({
    endpoint: address.endpoint,
    region: address.region,
    forcePathStyle: true,
    maxAttempts: 1,
    logger: SILENT,
    credentials: { accessKeyId: address.accessKeyId, secretAccessKey: address.secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: 5000, requestTimeout: 60_000, throwOnRequestTimeout: true },
    ...overrides,
  });
}

/** How a request ended: `done`, or the error's code (HEAD has none: `NotFound` or the status). */
export async function outcome(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return 'done';
  } catch (error) {
    return errorCode(error);
  }
}

/** The code of an S3 error; its status where it came without a document. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'Unknown' ? String(errorStatus(error)) : error.name;
}

/** The HTTP status that came with an error. */
export function errorStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/** CRC32 as S3 writes it. */
export function base64Crc32(bytes: Buffer): string {
  const digest = Buffer.alloc(4);
  digest.writeUInt32BE(crc32(bytes));
  return digest.toString('base64');
}
