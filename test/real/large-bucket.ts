// A store of its own process: `node large-bucket.ts ARCHIVES ADDON_ID` seeds that many archives of the
// database "shop", one every two hours up to now, prints where it is as one line of JSON, and ends with its
// standard input.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import { archiveKey, manifestKey } from '../../src/model/archive-key.ts';
import { seededManifest } from '../support/seeded-archive.ts';

const [count = '0', addonId = ''] = process.argv.slice(2);
const EVERY = 2 * 3_600_000;
const folder = await mkdtemp(join(tmpdir(), 's3-'));
const s3 = await SimulatedS3.start({ folder, buckets: ['archives'] });
const now = Date.now();
for (let age = 0; age < Number(count); age++) {
  const createdAt = new Date(Math.floor(now / EVERY) * EVERY - age * EVERY);
  const identity = { database: 'shop', createdAt, backupId: age.toString(16).padStart(24, '0') };
  const size = 1_000_000 + age;
  s3.put(archiveKey('', identity), size);
  // Only manifests that are read need their text.
  const manifest = age < 10 ? seededManifest(identity, { addonId, size }) : 900;
  s3.put(manifestKey('', identity), manifest);
}
const { endpoint, region, accessKeyId, secretAccessKey } = s3;
process.stdout.write(
  `${JSON.stringify({ name: 'sandbox', endpoint, region, accessKeyId, secretAccessKey, bucket: 'archives' })}\n`,
);
process.stdin.resume().once('end', async () => {
  await s3.close();
  await rm(folder, { recursive: true, force: true });
});
