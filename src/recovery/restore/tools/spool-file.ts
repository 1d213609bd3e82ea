import { existsSync } from 'node:fs';
import { type FileHandle, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArchiverError } from '../../../model/errors.ts';
import { formatByteSize } from '../../../text/byte-size.ts';
import { codeOf } from '../../../text/error-code.ts';

const OWN = 0o600;

/** A dump in a file of the temporary folder, for tools that read it at several places at once. */
export class SpoolFile implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #named: string | undefined;
  /** Where a child process finds it. */
  readonly path: string;

  private constructor(file: FileHandle, path: string, named: string | undefined) {
    this.#file = file;
    this.path = path;
    this.#named = named;
  }

  /**
   * @param size bytes that it will have
   * @throws ArchiverError `download.disk` where there is no room for them
   */
  static async create(name: string, size: number): Promise<SpoolFile> {
    const path = join(tmpdir(), `${name}.dump`);
    try {
      const { bavail, bsize, blocks } = await statfs(tmpdir());
      // Some file systems do not say: then all is zero.
      if (blocks !== 0 && bavail * bsize < size) {
        throw diskError(
          `${tmpdir()} has ${formatByteSize(bavail * bsize)} free, and the dump has ${formatByteSize(size)}`,
        );
      }
      const file = await open(path, 'wx+', OWN);
      // Without a name it is gone with this process, however that ends.
      const nameless = `/proc/${process.pid}/fd/${file.fd}`;
      if (!existsSync(nameless)) return new SpoolFile(file, path, path);
      await rm(path);
      return new SpoolFile(file, nameless, undefined);
    } catch (error) {
      throw error instanceof ArchiverError ? error : diskError(`${path} cannot be written: ${codeOf(error)}`);
    }
  }

  /** @throws ArchiverError `download.disk` */
  async write(bytes: Buffer): Promise<void> {
    try {
      await this.#file.appendFile(bytes);
    } catch (error) {
      throw diskError(`the dump cannot be written to ${tmpdir()}: ${codeOf(error)}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
    if (this.#named !== undefined) await rm(this.#named, { force: true });
  }
}

function diskError(message: string): ArchiverError {
  return new ArchiverError('download.disk', message, {
    hint: 'Make room, set TMPDIR to a folder that has it, or leave out --jobs: without it no disk is needed.',
  });
}
