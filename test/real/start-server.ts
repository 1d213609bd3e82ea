import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { ServerProcess } from '../../sandbox/servers/server-process.ts';

export interface RealServerOptions {
  /** Where it keeps its data; created if missing, not removed. On a file system with extended attributes. */
  readonly dir: string;
  /** Default: `archives`. */
  readonly bucket?: string;
}

/** A real S3 server on 127.0.0.1, with one empty bucket. Use it with `forcePathStyle: true`. */
export interface RealServer extends AsyncDisposable {
  readonly name: 'seaweedfs' | 'versitygw' | 'minio' | 'rclone' | 'moto' | 'ceph';
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly bucket: string;
  /** Process id of the server; it leads a process group of its own. */
  readonly pid: number;
  /** Ends the process and waits until it is gone. */
  stop(): Promise<void>;
}

/** The keys that every server is given. */
export const ACCESS_KEY_ID = 'AKIAREALSERVEREXAMPLE';
export const SECRET_ACCESS_KEY = 'real-server-secret-access-key';
export const REGION = 'us-east-1';
const READY_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 100;
/** A port that was free may be taken before the server binds it; then the server ends at once. */
const ATTEMPTS = 3;

/** A server that was begun, and may not be ready yet. */
export interface Launched {
  readonly name: RealServer['name'];
  readonly process: ServerProcess;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Begins a server, and again on other ports where it ends at once; then makes the bucket.
 * @throws Error with the server's output when it does not become ready within a minute
 */
export async function startWith(
  options: RealServerOptions,
  begin: () => Promise<Launched>,
): Promise<RealServer> {
  const bucket = options.bucket ?? 'archives';
  for (let attempt = 1; ; attempt += 1) {
    const launched = await begin();
    const endpoint = `http://127.0.0.1:${launched.port}`;
    try {
      await becomeReady(launched, endpoint, bucket);
      return {
        name: launched.name,
        endpoint,
        region: REGION,
        accessKeyId: ACCESS_KEY_ID,
        secretAccessKey: SECRET_ACCESS_KEY,
        bucket,
        pid: launched.process.child.pid ?? 0,
        stop: launched.stop,
        [Symbol.asyncDispose]: launched.stop,
      };
    } catch (error) {
      const diedByItself = launched.process.child.exitCode !== null;
      await launched.stop();
      if (attempt < ATTEMPTS && diedByItself) continue;
      throw error;
    }
  }
}

/** Creates the bucket and writes one byte: a server that takes that takes the rest. */
async function becomeReady(launched: Launched, endpoint: string, bucket: string): Promise<void> {
  const client = new S3Client({
    endpoint,
    region: REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY },
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 2000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  const deadline = performance.now() + READY_WITHIN_MS;
  let last: unknown;
  try {
    for (;;) {
      if (launched.process.child.exitCode !== null) {
        throw new Error(`${launched.name} ended before it was ready:\n${launched.process.output()}`);
      }
      try {
        await ensureBucket(client, bucket);
        return;
      } catch (error) {
        last = error;
      }
      if (performance.now() > deadline) {
        throw new Error(
          `${launched.name} was not ready within ${READY_WITHIN_MS / 1000} s (${String(last)}):\n${launched.process.output()}`,
        );
      }
      await sleep(ASK_EVERY_MS);
    }
  } finally {
    client.destroy();
  }
}

async function ensureBucket(client: S3Client, bucket: string): Promise<void> {
  const exists = await client.send(new HeadBucketCommand({ Bucket: bucket })).then(
    () => true,
    () => false,
  );
  if (!exists) await client.send(new CreateBucketCommand({ Bucket: bucket }));
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: '.ready', Body: 'x' }));
  await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: '.ready' }));
}
