import { homedir } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect sooner than it would. By default it lets the heap grow to four times what is in use and the
 * space for new objects to 96 MiB, before it looks for garbage: listing 100,000 archives then takes 350 MiB
 * for 80 MiB of objects, and a container's limit counts all of it. With this it takes 215 MiB. V8
 * reads both flags anew whenever it decides how far to grow.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=100');
}

/**
 * Gives the process a home where it has none: a uid without a passwd entry and without HOME, as containers run with.
 * The AWS SDK looks for its files there, even with keys that are set, and `os.homedir()` throws.
 */
export function ensureHome(environment: NodeJS.ProcessEnv, home: () => string = homedir): void {
  try {
    home();
  } catch {
    environment.HOME = '/';
  }
}

/** The oldest Node that runs the program: as in package.json's `engines` and in bin/backup-archiver.mjs. */
export const MINIMUM_NODE = 24;

/**
 * The line for a user whose Node is too old; `undefined` where it will do.
 *
 * `bin/backup-archiver.mjs` says the same before anything is loaded, for a Node that cannot even read the
 * sources. This one is for a Node that can (22.18 and 23.6 strip types as well) and is started on them directly.
 * @param version as `process.versions.node`: `20.20.2`
 */
export function tooOldNode(version: string): string | undefined {
  if (Number.parseInt(version, 10) >= MINIMUM_NODE) return undefined;
  return `backup-archiver needs Node ${MINIMUM_NODE} or newer, and this is Node ${version}: install a newer one, or run it with "npm start" in a checkout after "npm ci", which brings its own.`;
}
