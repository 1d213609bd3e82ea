// A simulated Scalingo and a small S3 store, for trying a page of docs/ with what it names:
//
//     node test/support/page-servers.ts FILE     writes the settings that lead there into FILE; ends by SIGTERM
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: page-servers.ts FILE');

const folder = mkdtempSync(join(tmpdir(), 'page-servers-'));
const s3 = await SimulatedS3.start({ folder, buckets: ['offsite-backups'], region: 'eu-west-3' });
const scalingo = await SimulatedScalingo.start();
const database = scalingo.addDatabase({
  app: 'shop-production',
  archive: (n) => syntheticArchive({ size: 8 * 2 ** 20, seed: `shop ${n}` }),
  timeline: { scheduledMs: 100, pendingMs: 100, runningMs: 300 },
});

const settings = {
  SCALINGO_API_TOKEN: scalingo.apiToken,
  SCALINGO_AUTH_URL: scalingo.authUrl,
  SCALINGO_API_URL: scalingo.apiUrl,
  DB_API_URL: scalingo.databaseApiUrl,
  DATABASE_ID: database.id,
  S3_ENDPOINT: s3.endpoint,
  AWS_ACCESS_KEY_ID: s3.accessKeyId,
  AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
};
const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
// Whoever waits for the file finds it whole.
writeFileSync(`${file}.new`, lines.join(''));
renameSync(`${file}.new`, file);

process.once('SIGTERM', async () => {
  await scalingo.close();
  await s3[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});
