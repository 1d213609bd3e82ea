import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/**
 * Writes bytes to standard output as they are: what comes is no text, and nothing is masked in it.
 * @returns why it could not be written (`EPIPE`: its reader went away); `undefined` where all of it was
 * @throws what `source` throws; the signal's reason
 */
export async function writeBytes(
  source: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<string | undefined> {
  // A stream of the file and not `process.stdout`, whose writes to a pipe keep the process from all else.
  const output = createWriteStream('', { fd: 1, autoClose: false });
  let failure: unknown;
  const watched = async function* () {
    try {
      yield* source;
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  try {
    await pipeline(watched, output, { signal });
    return undefined;
  } catch (error) {
    if (failure !== undefined) throw failure;
    signal.throwIfAborted();
    if (error instanceof Error && 'code' in error && 'syscall' in error) return String(error.code);
    throw error;
  }
}
