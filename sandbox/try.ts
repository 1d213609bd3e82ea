// A simulated Scalingo and a small S3 store, to try the program by hand: they run until Ctrl-C.
//
//     npm run sandbox
//
// It prints what points the program at them, for a second terminal. Nothing stays when it ends.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileArchive } from './archive/archive-source.ts';
import { SimulatedS3 } from './s3/simulated-s3.ts';
import { SimulatedScalingo } from './scalingo/simulated-scalingo.ts';

const DUMP = fileURLToPath(new URL('./dumps/orders.tar.gz', import.meta.url));
const BUCKET = 'archives';

const folder = await mkdtemp(join(tmpdir(), 'backup-archiver-sandbox-'));
const scalingo = await SimulatedScalingo.start();
const s3 = await SimulatedS3.start({ folder, buckets: [BUCKET] });
const orders = scalingo.addDatabase({
  app: 'shop',
  version: '15.18.0-1',
  timeline: { scheduledMs: 500, pendingMs: 500, runningMs: 1500 },
  archive: fileArchive(DUMP),
});

const settings = {
  SCALINGO_API_TOKEN: scalingo.apiToken,
  SCALINGO_AUTH_URL: scalingo.authUrl,
  SCALINGO_API_URL: scalingo.apiUrl,
  DB_API_URL: scalingo.databaseApiUrl,
  SCALINGO_APP: 'shop',
  DATABASE_ID: orders.id,
  DATABASE_NAME: 'orders',
  BACKUP_POLL_INTERVAL: '1s',
  S3_ENDPOINT: s3.endpoint,
  S3_REGION: s3.region,
  S3_BUCKET: BUCKET,
  AWS_ACCESS_KEY_ID: s3.accessKeyId,
  AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
};
const lines = Object.entries(settings).map(([name, value]) => `export ${name}=${value}\n`);
process.stdout.write(
  `${lines.join('')}# Paste this into a second terminal (docs/try-it.md). Ctrl-C ends it.\n`,
);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());

async function stop(): Promise<void> {
  await Promise.all([scalingo.close(), s3.close()]);
  await rm(folder, { recursive: true, force: true });
}
