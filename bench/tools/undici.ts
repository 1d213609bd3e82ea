import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cache-folder.ts';
import { requireOnPath, runTool } from './run-tool.ts';

/** Raise the version by hand, as those of the peers; a result names it. */
export const UNDICI_VERSION = '8.13.1';

/**
 * Installs undici into the cache, where it is missing: the program itself does not use it.
 * @returns the folder of the package
 */
export async function installUndici(): Promise<string> {
  const cache = cacheFolder('tools', `undici-${UNDICI_VERSION}`);
  const folder = join(cache, 'node_modules', 'undici');
  if (!existsSync(folder)) {
    process.stderr.write(`installing undici ${UNDICI_VERSION}\n`);
    const npm = requireOnPath('npm', 'npm');
    await runTool(npm, ['install', '--prefix', cache, '--no-audit', '--no-fund', `undici@${UNDICI_VERSION}`]);
  }
  return folder;
}
