import { unpack } from '../../run/proof/unpack.ts';
import { type DumpFile, inspectFile } from '../contents/dump-file.ts';
import { type Inspection, Pulled } from '../contents/pulled.ts';
import { walkTar } from '../contents/tar.ts';
import { damagedBy } from '../verify/inspect-archive.ts';
import { type DumpForm, dumpForm, HEAD_LENGTH } from './dump-form.ts';
import { unsupported } from './restore-error.ts';
import type { FoundDump } from './target.ts';

/** Where the bytes of the dump go. */
export interface DumpSink {
  write(bytes: Buffer, signal: AbortSignal): Promise<void>;
}

/**
 * Unpacks an archive, and gives the bytes of the dump in it to what restores it, as fast as that takes them. No more is
 * held than a piece. The archive is looked into on the way, as `verify --deep` does.
 * @param bytes of the archive, from the first to the last
 * @param open is called once the dump is found, before its first byte is read
 * @returns the files of the archive
 * @throws IntegrityError `archive.damaged`; ArchiverError `restore.unsupported` where there is not exactly one dump that
 *   can be restored; what `bytes`, `open` or the sink throws; the signal's reason
 */
export async function feedDump(
  key: string,
  bytes: AsyncIterable<Buffer>,
  open: (dump: FoundDump) => Promise<DumpSink>,
  signal: AbortSignal,
): Promise<DumpFile[]> {
  const wanted = new WantedDump(key);
  const tar = new Pulled(walkTar((name, size) => wanted.inspect(name, size)));
  let sink: DumpSink | undefined;
  const flush = async () => {
    if (wanted.found === undefined) return;
    sink ??= await open(wanted.found);
    for (const piece of wanted.takePieces()) await sink.write(piece, signal);
  };
  const files = await damagedBy(key, async () => {
    await unpack(
      bytes,
      (piece) => {
        tar.update(piece);
        return wanted.hasPieces ? flush() : undefined;
      },
      signal,
    );
    return tar.end();
  });
  if (wanted.found !== undefined) return files;
  const names = files.slice(0, 5).map(({ name }) => name);
  throw unsupported(key, `it has no dump that can be restored here: ${names.join(', ') || 'it is empty'}`);
}

/** Finds the one dump among the files of a tar, and keeps its pieces until they are taken. */
class WantedDump {
  readonly #key: string;
  #found: FoundDump | undefined;
  #pieces: Buffer[] = [];

  constructor(key: string) {
    this.#key = key;
  }

  get found(): FoundDump | undefined {
    return this.#found;
  }

  get hasPieces(): boolean {
    return this.#pieces.length > 0;
  }

  takePieces(): Buffer[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  inspect(name: string, size: number): Inspection<DumpFile> {
    const inspection = inspectFile(name, size);
    let first = Buffer.alloc(0);
    let form: DumpForm | undefined;
    return {
      update: (bytes) => {
        inspection.update(bytes);
        let rest = bytes;
        if (form === undefined) {
          first = Buffer.concat([first, bytes]);
          if (first.length < Math.min(HEAD_LENGTH, size)) return;
          form = dumpForm(first, name);
          rest = first;
          if (form !== 'other') this.#choose(form, name, size);
        }
        if (form !== 'other') this.#pieces.push(rest);
      },
      end: () => inspection.end(),
    };
  }

  #choose(form: Exclude<DumpForm, 'other'>, name: string, size: number): void {
    if (form === 'sql') throw unsupported(this.#key, `${name} is SQL of which is not known what wrote it`);
    if (this.#found !== undefined) {
      throw unsupported(this.#key, `it has more than one dump: ${this.#found.name}, ${name}`);
    }
    this.#found = { engine: form, name, size };
  }
}
