// `npm version X.Y.Z` calls this once it has moved package.json: moves the chart, the image and the changelog along.
// npm then commits and tags all of it. With --dry-run, before npm moves anything, it only says why it could not.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { release } from './changelog.ts';
import { moveVersions, versionOfPackage } from './version-places.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const version = process.env.npm_new_version ?? versionOfPackage(root);
const path = `${root}/CHANGELOG.md`;

try {
  const changelog = release(readFileSync(path, 'utf8'), version, new Date());
  if (!process.argv.includes('--dry-run')) {
    moveVersions(root, version);
    writeFileSync(path, changelog);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
