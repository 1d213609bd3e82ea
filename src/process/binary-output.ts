import { fstatSync, write } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

const STDOUT = 1;

/**
 * Writes bytes to standard output as they are: what comes is no text, and nothing is masked in it.
 * @returns why it could not be written (`EPIPE`: its reader went away); `undefined` where all of it was
 * @throws what `source` throws; the signal's reason
 */
export async function writeBytes(
  source: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const put = openStdout(signal);
  for await (const bytes of source) {
    try {
      await put(bytes);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Error && 'code' in error) return String(error.code);
      throw error;
    }
  }
  return undefined;
}

/**
 * Of a pipe or a socket the event loop has to wait for the reader: a descriptor that does not block refuses what has no
 * room, and one that does would keep the process from its end.
 */
function openStdout(signal: AbortSignal): (bytes: Buffer) => Promise<unknown> {
  const kind = fstatSync(STDOUT);
  if (!kind.isFIFO() && !kind.isSocket()) {
    const writeAt = promisify(write);
    return async (bytes) => {
      for (let at = 0; at < bytes.length; ) {
        signal.throwIfAborted();
        at += (await writeAt(STDOUT, bytes, at, bytes.length - at, null)).bytesWritten;
      }
    };
  }
  const socket = new Socket({ fd: STDOUT, readable: false, writable: true });
  // The write that fails is the one that says so.
  socket.on('error', () => {});
  return (bytes) =>
    new Promise<void>((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      socket.write(bytes, (error) => {
        signal.removeEventListener('abort', onAbort);
        if (error == null) resolve();
        else reject(error);
      });
    });
}
