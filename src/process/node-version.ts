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
