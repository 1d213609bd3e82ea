import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newestRelease } from './changelog.ts';

/** A place where the version of a release stands. */
export interface VersionPlace {
  readonly file: string;
  /** As a message names it. */
  readonly what: string;
  /** What comes before the version, and the version. */
  readonly pattern: RegExp;
}

const CHART = 'helm/backup-archiver/Chart.yaml';

/** The package, the chart and the image move together; the changelog tells of them. */
export const PLACES: readonly VersionPlace[] = [
  { file: 'package.json', what: 'package.json, version', pattern: /^( {2}"version": ")([^"]+)/m },
  { file: 'package-lock.json', what: 'package-lock.json, version', pattern: /^( {2}"version": ")([^"]+)/m },
  {
    file: 'package-lock.json',
    what: 'package-lock.json, version of the root package',
    pattern: /^( {4}"": \{\s+"name": "backup-archiver",\s+"version": ")([^"]+)/m,
  },
  { file: CHART, what: `${CHART}, version`, pattern: /^(version: )(\S+)/m },
  { file: CHART, what: `${CHART}, appVersion`, pattern: /^(appVersion: )(\S+)/m },
  {
    file: 'docker-compose.production.yml',
    what: 'docker-compose.production.yml, image',
    pattern: /^( {4}image: \$\{ARCHIVER_IMAGE:-[^:}]+:)([^}\s]+)/m,
  },
];

/** The version of the package in the folder `root`. */
export function versionOfPackage(root: string): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

/** A sentence for each place that has another version, and for a changelog whose newest release is another one. */
export function differences(root: string, version: string): string[] {
  const found = PLACES.map(({ what, file, pattern }) => [what, pattern.exec(read(root, file))?.[2]] as const);
  const newest = newestRelease(read(root, 'CHANGELOG.md')) ?? version;
  return [...found, ['CHANGELOG.md, newest release', newest] as const]
    .filter(([, other]) => other !== version)
    .map(([what, other]) => `${what} is ${other ?? 'not to be found'}, not ${version}`);
}

/** Writes the version into every place. @throws Error, before anything is written, where one is not to be found */
export function moveVersions(root: string, version: string): void {
  const texts = new Map<string, string>();
  for (const { file, what, pattern } of PLACES) {
    const text = texts.get(file) ?? read(root, file);
    if (!pattern.test(text)) throw new Error(`${what} is not to be found`);
    texts.set(
      file,
      text.replace(pattern, (_, before: string) => before + version),
    );
  }
  for (const [file, text] of texts) writeFileSync(join(root, file), text);
}

function read(root: string, file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
