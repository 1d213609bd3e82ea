import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where installed peers and generated archives are kept between runs, outside of the checkout: `BENCH_CACHE`,
 * else `backup-archiver-bench` in `XDG_CACHE_HOME` or `~/.cache`. Created if missing.
 */
export function cacheFolder(...below: readonly string[]): string {
  const { BENCH_CACHE: chosen, XDG_CACHE_HOME: caches } = process.env;
  const root =
    chosen !== undefined && chosen !== ''
      ? chosen
      : join(
          caches !== undefined && caches !== '' ? caches : join(homedir(), '.cache'),
          'backup-archiver-bench',
        );
  const folder = join(root, ...below);
  mkdirSync(folder, { recursive: true });
  return folder;
}
