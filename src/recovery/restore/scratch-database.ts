import { isScratchName, newScratchName } from './scratch-name.ts';
import { DROP_WITHIN, SCRIPT_WITHIN } from './tools/run-script.ts';

/** What each engine does in its own way. All throw ArchiverError `restore.server_failed`, and the signal's reason. */
export interface ScratchServer {
  /** Databases whose names look like ours, and whose locks are not held. */
  findLeft(signal: AbortSignal): Promise<readonly string[]>;
  /** Holds a lock for a name on a connection of its own, until it is released or this process ends. */
  hold(name: string, signal: AbortSignal): Promise<{ readonly release: () => Promise<void> }>;
  create(name: string, signal: AbortSignal): Promise<void>;
  /** Ends what is connected to it, and drops it, within so many milliseconds. */
  drop(name: string, signal: AbortSignal, within: number): Promise<void>;
}

/** A database that is a test's own. */
export interface ScratchDatabase {
  readonly name: string;
  /** @throws ArchiverError `restore.server_failed` */
  readonly drop: () => Promise<void>;
}

/**
 * Makes a database of a name that no other has, after it has dropped what killed tests have left. The lock of its name is
 * held before it is there, so that a database without one is left by a test that has ended.
 * @param onLeft what could not be dropped: the next test tries it again
 */
export async function makeScratchDatabase(
  server: ScratchServer,
  onLeft: (database: string, error: unknown) => void,
  signal: AbortSignal,
): Promise<ScratchDatabase> {
  for (const left of (await server.findLeft(signal)).filter(isScratchName)) {
    try {
      await server.drop(left, signal, SCRIPT_WITHIN);
    } catch (error) {
      signal.throwIfAborted();
      onLeft(left, error);
    }
  }
  const name = newScratchName();
  const lock = await server.hold(name, signal);
  // A signal may have ended the rest: this has a bound of its own.
  const drop = () =>
    server.drop(name, new AbortController().signal, DROP_WITHIN).finally(() => lock.release());
  try {
    await server.create(name, signal);
    return { name, drop };
  } catch (error) {
    await drop().catch((failure: unknown) => onLeft(name, failure));
    throw error;
  }
}
