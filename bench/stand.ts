import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OursChoice, Transport } from './command-line.ts';
import type { Work } from './peers/copier.ts';
import type { OursOptions } from './peers/ours.ts';
import type { Stand } from './run/measure-copy.ts';
import { archiveFolder } from './servers/archive-files.ts';
import { DiscardingStore } from './servers/discarding-store.ts';
import { NginxSource } from './servers/nginx-source.ts';
import { ScalingoFront } from './servers/scalingo-front.ts';
import { buildProgram, programOf } from './tools/build-program.ts';
import { type Certificates, makeCertificates } from './tools/certificates.ts';

/** Everything that a copy runs between: the source, Scalingo in front of it, and a store for each transport. */
export class BenchStand implements AsyncDisposable {
  readonly folder: string;
  readonly front: ScalingoFront;
  readonly source: NginxSource;
  readonly #certificates: Certificates;
  readonly #stores: Readonly<Record<Transport, DiscardingStore>>;
  readonly #stack: AsyncDisposableStack;

  private constructor(parts: {
    folder: string;
    front: ScalingoFront;
    source: NginxSource;
    certificates: Certificates;
    stores: Readonly<Record<Transport, DiscardingStore>>;
    stack: AsyncDisposableStack;
  }) {
    this.folder = parts.folder;
    this.front = parts.front;
    this.source = parts.source;
    this.#certificates = parts.certificates;
    this.#stores = parts.stores;
    this.#stack = parts.stack;
  }

  static async open(): Promise<BenchStand> {
    await using stack = new AsyncDisposableStack();
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    stack.defer(() => rmSync(folder, { recursive: true, force: true }));
    const certificates = await makeCertificates(folder);
    const source = stack.use(await NginxSource.start({ folder, files: archiveFolder(), tls: certificates }));
    const stores = {
      http: stack.use(await DiscardingStore.start(undefined)),
      https: stack.use(await DiscardingStore.start(certificates)),
    };
    const front = stack.use(await ScalingoFront.start());
    return new BenchStand({ folder, front, source, certificates, stores, stack: stack.move() });
  }

  /** The copy of a file of the archive folder. */
  workFor(file: string, size: number, transport: Transport): Work {
    const tls = transport === 'https';
    return {
      source: this.source.url(file, { tls, ranges: true }),
      wholeSource: this.source.url(file, { tls, ranges: false }),
      size,
      store: this.#stores[transport],
      caFile: tls ? this.#certificates.caFile : undefined,
    };
  }

  standFor(transport: Transport): Stand {
    return { store: this.#stores[transport], sourcePid: this.source.pid, folder: this.folder };
  }

  /** Builds the program that is to be measured, unless it is to be run from its sources. */
  async prepareOurs({ checkout, fromSource, nodeFlags }: OursChoice): Promise<OursOptions> {
    const program = fromSource
      ? programOf(checkout)
      : await buildProgram(checkout, mkdtempSync(join(this.folder, 'program-')));
    return { front: this.front, program, nodeFlags };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
