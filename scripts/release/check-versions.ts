// The versions of package, lockfile, chart, image and changelog move together: exits 1, and says where, when they
// do not.
//
//     node scripts/release/check-versions.ts             prints the version
//     node scripts/release/check-versions.ts v1.2.0      this tag is of it, and its release is in the changelog
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { notesOf } from './changelog.ts';
import { differences, versionOfPackage } from './version-places.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [tag] = process.argv.slice(2);
const version = versionOfPackage(root);

const problems = differences(root, version);
if (tag !== undefined) {
  if (tag !== `v${version}`) problems.push(`the tag is ${tag}, not v${version}`);
  if (notesOf(readFileSync(`${root}/CHANGELOG.md`, 'utf8'), version) === undefined) {
    problems.push(`CHANGELOG.md has no release ${version}`);
  }
}
for (const problem of problems) {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
process.stdout.write(`version ${version}\n`);
