// Compares what lies in the bucket with what the simulated Scalingo of sandbox/compose-entry.ts sent, byte for
// byte, with nothing of the program in between.
//
//     node test/image/compare-archives.ts ENDPOINT BUCKET NAME=MEBIBYTES…
//
// Each database must have exactly one archive, that of its first backup, with a manifest, and no unfinished upload.
import { archiveDigest } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { BucketView } from '../support/test-store.ts';

const [endpoint = '', bucket = '', ...databases] = process.argv.slice(2);
const view = new BucketView({
  name: 'store',
  endpoint,
  region: 'us-east-1',
  accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? '',
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? '',
  bucket,
});
if (databases.length === 0) throw new Error('no database was named');

for (const database of databases) {
  const [name = '', mebibytes] = database.split('=');
  const keys = await view.keys(`${name}/`);
  const archives = keys.filter((key) => key.endsWith('.tar.gz'));
  const manifests = keys.filter((key) => key.endsWith('.manifest.json'));
  const uploads = await view.unfinishedUploads(`${name}/`);
  const [key] = archives;
  if (key === undefined || archives.length > 1 || manifests.length !== 1 || uploads.length > 0) {
    throw new Error(`${name}: ${keys.join(', ')}; unfinished: ${uploads.join(', ') || 'none'}`);
  }
  const sent = syntheticArchive({ size: Number(mebibytes) * 1024 * 1024, seed: `${name} 0` });
  const expected = JSON.stringify({ size: sent.size, sha256: await archiveDigest(sent) });
  const found = JSON.stringify(await view.digest(key));
  if (found !== expected) throw new Error(`${key} is ${found}, sent was ${expected}`);
  process.stdout.write(`${key}: ${found}\n`);
}
