import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { findBinary } from '../../sandbox/servers/server-process.ts';
import type { StoreAddress } from '../support/test-store.ts';

const run = promisify(execFile);

/** What Amazon's own command line tool says of an object. */
export interface AwsHead {
  readonly ContentLength: number;
  /** With its quotes. */
  readonly ETag: string;
  readonly ChecksumCRC32?: string;
  readonly ChecksumType?: string;
}

/** A bucket through Amazon's own command line tool: `AWS_BIN`, else `aws` on the PATH. */
export class AwsCli {
  readonly #binary = findBinary('AWS_BIN', 'aws', 'pip install awscli');
  readonly #store: StoreAddress;

  constructor(store: StoreAddress) {
    this.#store = store;
  }

  async head(key: string): Promise<AwsHead> {
    const answer = await this.#api('head-object', '--key', key, '--checksum-mode', 'ENABLED');
    return answer as AwsHead;
  }

  /** Keys of all objects and of all unfinished uploads below a prefix. */
  async keys(prefix: string): Promise<{ objects: string[]; uploads: string[] }> {
    const objects = (await this.#api('list-objects-v2', '--prefix', prefix)) as {
      Contents?: { Key: string }[];
    };
    const uploads = (await this.#api('list-multipart-uploads', '--prefix', prefix)) as {
      Uploads?: { Key: string }[];
    };
    return {
      objects: (objects.Contents ?? []).map(({ Key: key }) => key),
      uploads: (uploads.Uploads ?? []).map(({ Key: key }) => key),
    };
  }

  /** Size and SHA-256 (hex) of an object as `aws s3 cp` fetches it. */
  async fetch(key: string): Promise<{ size: number; sha256: string }> {
    const args = ['s3', 'cp', '--only-show-errors', `s3://${this.#store.bucket}/${key}`, '-'];
    const copying: ChildProcess = spawn(this.#binary, [...this.#endpoint, ...args], {
      env: this.#env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(copying, 'close') as Promise<[number | null]>;
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of copying.stdout as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
    }
    const [code] = await ended;
    if (code !== 0) throw new Error(`aws s3 cp ended with ${code} after ${size} bytes of ${key}`);
    return { size, sha256: hash.digest('hex') };
  }

  async #api(operation: string, ...args: readonly string[]): Promise<unknown> {
    const all = [...this.#endpoint, 's3api', operation, '--bucket', this.#store.bucket, ...args];
    const { stdout } = await run(this.#binary, all, { env: this.#env });
    // Of an empty listing it prints nothing at all.
    return stdout.trim() === '' ? {} : JSON.parse(stdout);
  }

  get #endpoint(): string[] {
    return ['--endpoint-url', this.#store.endpoint];
  }

  get #env(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: this.#store.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.#store.secretAccessKey,
      AWS_DEFAULT_REGION: this.#store.region,
      AWS_DEFAULT_OUTPUT: 'json',
    };
  }
}
