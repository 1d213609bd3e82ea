import { execFile } from 'node:child_process';
import { env } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { findBinary, launch, stop } from '../../sandbox/servers/server-process.ts';
import type { Policy } from '../../src/stores/s3/rights.ts';
import { freePorts } from './free-ports.ts';

const run = promisify(execFile);
const ROOT = { accessKeyId: 'minio-root', secretAccessKey: 'minio-root-secret-key' };
const REGION = 'us-east-1';
const READY_WITHIN_MS = 60_000;

/** Keys that may do just what a policy allows. */
export interface PolicedKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** A MinIO server, which holds every request against the policy of its keys. Binary: `MINIO_BIN`, else `minio` on the PATH. */
export class PolicedMinio implements AsyncDisposable {
  readonly endpoint: string;
  readonly region = REGION;
  readonly root = ROOT;
  readonly #stop: () => Promise<void>;

  private constructor(endpoint: string, stopServer: () => Promise<void>) {
    this.endpoint = endpoint;
    this.#stop = stopServer;
  }

  /** @param dir where it keeps its data @param buckets are made, with Object Lock @param settings more of its own */
  static async start(
    dir: string,
    buckets: readonly string[],
    settings: Readonly<Record<string, string>> = {},
  ): Promise<PolicedMinio> {
    const binary = findBinary('MINIO_BIN', 'minio', 'go install github.com/minio/minio@latest');
    const [port] = await freePorts(1);
    const server = launch(binary, ['server', dir, '--address', `127.0.0.1:${port}`], {
      ...env,
      MINIO_ROOT_USER: ROOT.accessKeyId,
      MINIO_ROOT_PASSWORD: ROOT.secretAccessKey,
      MINIO_BROWSER: 'off',
      ...settings,
    });
    const minio = new PolicedMinio(`http://127.0.0.1:${port}`, () => stop(server, 'SIGTERM'));
    const client = minio.client(ROOT);
    try {
      const deadline = performance.now() + READY_WITHIN_MS;
      for (const bucket of buckets) {
        const command = new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true });
        for (;;) {
          try {
            await client.send(command);
            break;
          } catch (error) {
            if (performance.now() > deadline || server.child.exitCode !== null) {
              throw new Error(`minio is not ready (${String(error)}):\n${server.output()}`);
            }
          }
          await sleep(100);
        }
      }
      return minio;
    } catch (error) {
      await minio.#stop();
      throw error;
    } finally {
      client.destroy();
    }
  }

  client(credentials: PolicedKeys | typeof ROOT): S3Client {
    return new S3Client({ endpoint: this.endpoint, region: REGION, forcePathStyle: true, credentials });
  }

  /** Keys with this policy, from its security token service, asked by Amazon's own command line tool. */
  async keysFor(policy: Policy): Promise<PolicedKeys> {
    const aws = findBinary('AWS_BIN', 'aws', 'pip install awscli');
    const role = ['--role-arn', 'arn:xxx:xxx:xxx:xxxx', '--role-session-name', 'rights'];
    const { stdout } = await run(
      aws,
      ['--endpoint-url', this.endpoint, 'sts', 'assume-role', ...role, '--policy', JSON.stringify(policy)],
      {
        env: {
          PATH: env.PATH,
          AWS_ACCESS_KEY_ID: ROOT.accessKeyId,
          AWS_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
          AWS_DEFAULT_REGION: REGION,
          AWS_DEFAULT_OUTPUT: 'json',
        },
      },
    );
    const { Credentials: keys } = JSON.parse(stdout) as { Credentials: Record<string, string> };
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = keys;
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop();
  }
}
