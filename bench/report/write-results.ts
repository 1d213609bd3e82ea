import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../cache-folder.ts';
import type { BenchResults } from './results.ts';

/** Writes the results where they were wanted, else into the cache under the time. @returns the path */
export function writeResults(results: BenchResults, out: string | undefined): string {
  const name = `bench-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.json`;
  const path = out ?? join(cacheFolder('results'), name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, serializeResults(results));
  return path;
}

export function serializeResults(results: BenchResults): string {
  return `${JSON.stringify(results, undefined, 2)}\n`;
}
