import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writePerformance } from '../../docs/generate-performance.ts';
import type { BenchResults } from './results.ts';
import { serializeResults } from './write-results.ts';

/** The results that the documents speak of. */
export const PUBLISHED = new URL('../results/transfer.json', import.meta.url);

/** Puts the sections that were taken in place of the published ones, and makes the document of all of them. */
export function publish(results: BenchResults): void {
  const before = existsSync(PUBLISHED) ? readPublished() : undefined;
  const merged: BenchResults = { version: 1, sections: { ...before?.sections, ...results.sections } };
  mkdirSync(dirname(fileURLToPath(PUBLISHED)), { recursive: true });
  writeFileSync(PUBLISHED, serializeResults(merged));
  writePerformance(merged);
}

export function readPublished(): BenchResults {
  return JSON.parse(readFileSync(PUBLISHED, 'utf8')) as BenchResults;
}
