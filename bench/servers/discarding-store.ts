import { fileURLToPath } from 'node:url';
import { GroupProcess } from '../run/group-process.ts';
import type { SinkReport } from './sink-report.ts';

const PROCESS = fileURLToPath(new URL('sink-process.ts', import.meta.url));

/** The sink, run as a process: an S3 endpoint that counts what it is sent and throws it away. */
export class DiscardingStore implements AsyncDisposable {
  readonly bucket = 'archives';
  readonly region = 'us-east-1';
  readonly accessKeyId = 'AKIABENCHEXAMPLE';
  readonly secretAccessKey = 'bench-secret-access-key';
  readonly endpoint: string;
  readonly #process: GroupProcess;
  readonly #controlUrl: string;

  private constructor(process: GroupProcess, endpoint: string, controlUrl: string) {
    this.#process = process;
    this.endpoint = endpoint;
    this.#controlUrl = controlUrl;
  }

  /** @param tls PEM files: it then speaks HTTPS */
  static async start(
    tls: { readonly keyFile: string; readonly certificateFile: string } | undefined,
  ): Promise<DiscardingStore> {
    const files = tls === undefined ? [] : [tls.keyFile, tls.certificateFile];
    const args = ['--max-semi-space-size=1', PROCESS, ...files];
    const process = new GroupProcess(globalThis.process.execPath, args);
    const [port, controlPort] = (await process.firstLine()).split(' ');
    const scheme = tls === undefined ? 'http' : 'https';
    return new DiscardingStore(process, `${scheme}://127.0.0.1:${port}`, `http://127.0.0.1:${controlPort}/`);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** What it was sent since the last report; it has forgotten it then. */
  async takeReport(): Promise<SinkReport> {
    const response = await fetch(this.#controlUrl, { method: 'DELETE' });
    return (await response.json()) as SinkReport;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
