import { fileURLToPath } from 'node:url';
import { GroupProcess } from '../run/group-process.ts';

const PROCESS = fileURLToPath(new URL('archive-store-process.ts', import.meta.url));

/** A bucket with one archive that is made as it is read, in a process of its own. */
export class ArchiveStore implements AsyncDisposable {
  readonly bucket = 'archives';
  readonly region = 'us-east-1';
  readonly accessKeyId = 'AKIASANDBOX0EXAMPLE';
  readonly secretAccessKey = 'sandbox-secret-access-key';
  readonly endpoint: string;
  /** Of the archive. */
  readonly key: string;
  readonly #process: GroupProcess;

  private constructor(process: GroupProcess, endpoint: string, key: string) {
    this.#process = process;
    this.endpoint = endpoint;
    this.key = key;
  }

  /** @param size bytes of the archive, whose checksum is taken first: a minute for 64 GiB */
  static async start(size: number): Promise<ArchiveStore> {
    const args = ['--max-semi-space-size=1', PROCESS, String(size)];
    const process = new GroupProcess(globalThis.process.execPath, args);
    try {
      const [endpoint = '', key = ''] = (await process.firstLine()).split(' ');
      return new ArchiveStore(process, endpoint, key);
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.#process.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
