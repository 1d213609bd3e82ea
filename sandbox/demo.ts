// The main job, shown. A simulated Scalingo and a small S3 store live in this process; the program itself
// runs as it always does, and knows nothing of being shown.
//
//     npm run demo                  the bucket stays, for looking around
//     npm run demo -- --remove      nothing stays
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fileArchive } from './archive/archive-source.ts';
import { syntheticArchive } from './archive/synthetic-archive.ts';
import { ShownProgram, Stopped } from './demo/shown-program.ts';
import { SimulatedS3 } from './s3/simulated-s3.ts';
import type { SimulatedDatabase } from './scalingo/simulated-database.ts';
import { SimulatedScalingo } from './scalingo/simulated-scalingo.ts';
import { PostgresServer } from './servers/postgres-server.ts';

const GiB = 2 ** 30;
/** The big archive, and room to breathe. */
const NEEDED = 1.2 * GiB;
const BUCKET = 'archives';
/** A backup takes a few seconds here; on Scalingo, from minutes to more than an hour. */
const TIMELINE = { scheduledMs: 500, pendingMs: 500, runningMs: 1500 };
const DUMP = fileURLToPath(new URL('./dumps/orders.tar.gz', import.meta.url));

async function demonstrate(removeAtEnd: boolean): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'backup-archiver-demo-'));
  let kept = false;
  // However it ends: a gigabyte that nobody knows of must not stay behind.
  process.on('exit', () => {
    if (!kept) rmSync(folder, { recursive: true, force: true });
  });
  try {
    await requireRoom(folder);
    await show(folder);
    kept = !removeAtEnd;
    if (kept) say(whereToLook(folder));
    return 0;
  } catch (error) {
    say(
      `\nThe demo ended early: ${error instanceof Error ? error.message : String(error)}. Its files are removed.`,
    );
    return error instanceof Stopped ? error.exitCode : 1;
  }
}

interface Stage {
  readonly scalingo: SimulatedScalingo;
  readonly s3: SimulatedS3;
  readonly orders: SimulatedDatabase;
  readonly analytics: SimulatedDatabase;
}

async function show(folder: string): Promise<void> {
  await using scalingo = await SimulatedScalingo.start();
  await using s3 = await SimulatedS3.start({ folder: join(folder, 'bucket'), buckets: [BUCKET] });
  const orders = scalingo.addDatabase({
    app: 'shop',
    version: '15.18.0-1',
    timeline: TIMELINE,
    archive: fileArchive(DUMP),
  });
  const analytics = scalingo.addDatabase({
    app: 'reports',
    type: 'mysql',
    version: '8.0.36-1',
    timeline: TIMELINE,
    archive: syntheticArchive({ size: GiB, fileName: '20180902010000_reports-4711.sql' }),
  });
  const config = join(folder, 'archiver.yaml');
  await writeFile(config, configuration({ orders, analytics, scalingo, s3 }));
  say(INTRODUCTION);

  using program = new ShownProgram(folder, {
    SCALINGO_API_TOKEN: scalingo.apiToken,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    LOG_FORMAT: 'pretty',
  });
  await program.run('run', '--config', config);
  say('\nThis is now in the bucket:\n');
  await program.run('list', '--config', config);

  const key = s3.keys(BUCKET).find((each) => each.startsWith('orders/') && each.endsWith('.manifest.json'));
  const path = s3.object(key ?? '', BUCKET)?.path;
  if (path === undefined) throw new Error('the bucket has no manifest of orders');
  say(`\nAn archive counts once its manifest is there. This one is\n${key}:\n`);
  say((await readFile(path, 'utf8')).trimEnd());
  say(
    '\nAn archive is worth what can be restored from it. So each byte is read back, and the dump in it is looked at:\n',
  );
  await program.run('verify', '--deep', '--config', config);
  await restore(program, config);
}

/** The proof, where a PostgreSQL is at hand: the dump is restored by its own tools, and its rows are counted. */
async function restore(program: ShownProgram, config: string): Promise<void> {
  await using postgres = await PostgresServer.start().catch(() => undefined);
  if (postgres === undefined) {
    say(
      '\nWith a PostgreSQL on this machine (apt-get install postgresql) the demo would restore orders too.',
    );
    return;
  }
  say(
    '\nA PostgreSQL is at hand. So orders is restored into a database of it, which is dropped afterwards:\n',
  );
  program.set('RESTORE_TEST_POSTGRESQL_URL', postgres.url('postgres'));
  await program.run('restore-test', 'orders', '--config', config);
}

const INTRODUCTION = `\
For the time of this demo a simulated Scalingo and a small S3 store run here. Scalingo has two databases:

  orders     PostgreSQL, whose backup is a genuine dump of a few KiB
  analytics  MySQL, whose backup of 1 GiB is made up while it is downloaded

The program makes a backup of each, waits for it, streams it into the bucket and proves it:
`;

/** The program's configuration, as one would write it; the secrets come from the environment. */
function configuration({ orders, analytics, scalingo, s3 }: Stage): string {
  return `\
scalingo:
  authUrl: ${scalingo.authUrl}
  apiUrl: ${scalingo.apiUrl}
  databaseApiUrl: ${scalingo.databaseApiUrl}
databases:
  - { name: orders, app: shop, id: ${orders.id} }
  - { name: analytics, app: reports, id: ${analytics.id} }
backup:
  pollInterval: 1s
  timeout: 1m
s3:
  endpoint: ${s3.endpoint}
  region: ${s3.region}
  bucket: ${BUCKET}
`;
}

function whereToLook(folder: string): string {
  const bucket = join(folder, 'bucket', BUCKET);
  return `
Where to look:

  the bucket's files      ${bucket}
  the genuine dump        tar -xzOf ${join(bucket, 'orders')}/*.tar.gz | pg_restore --list
  the configuration       ${join(folder, 'archiver.yaml')}
  your own databases      README.md, config/archiver.example.yaml

Nothing runs any more. To be rid of the files, which take 1 GiB: rm -r ${folder}`;
}

/** @throws Error where the disk is too full for the demo */
async function requireRoom(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= NEEDED) return;
  throw new Error(`${tmpdir()} has not the 1.2 GiB of room that it needs (TMPDIR names another place)`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const { remove } = parseArgs({ options: { remove: { type: 'boolean', default: false } } }).values;
process.exitCode = await demonstrate(remove);
