// The versions of package, chart and image move together: exits 1, and says where, when they do not.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

const { version } = JSON.parse(read('package.json')) as { version: string };
const chart = parse(read('helm/backup-archiver/Chart.yaml')) as Record<string, string>;
const image = /backup-archiver:([0-9][^}\s]*)\}/.exec(read('docker-compose.production.yml'))?.[1];

const found: Readonly<Record<string, string | undefined>> = {
  'helm/backup-archiver/Chart.yaml, version': chart.version,
  'helm/backup-archiver/Chart.yaml, appVersion': chart.appVersion,
  'docker-compose.production.yml, image': image,
};

for (const [place, other] of Object.entries(found)) {
  if (other === version) continue;
  process.stderr.write(`${place} is ${other}, package.json is ${version}\n`);
  process.exitCode = 1;
}
process.stdout.write(`version ${version}\n`);
