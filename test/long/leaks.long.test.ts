import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { answer, type Fault, type Operation } from '../../sandbox/scalingo/fault.ts';
import type { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';
import { type SandboxWorld, startSandboxWorld } from '../e2e/sandbox-world.ts';
import { freePorts } from '../real/free-ports.ts';
import type { Finished } from '../support/archiver-process.ts';
import { DISGUISES, leaksIn } from '../support/disguises.ts';
import { seededRandom } from '../support/seeded-random.ts';

const archive = syntheticArchive({ size: 2000, seed: 'leaks' });
const random = seededRandom(20_261_127);
const disguises = Object.values(DISGUISES);
let turn = 0;

/** Every secret, each in another disguise from one time to the next. */
function echo(secrets: readonly string[]): string {
  return secrets
    .map((secret) => disguises[turn++ % disguises.length]?.(secret, random) ?? '')
    .map((written) => `(${written})`)
    .join(' and ');
}

function key(length = 24): string {
  return randomBytes(length).toString('base64');
}

interface Trial extends SandboxWorld {
  /** What is secret so far. */
  readonly secrets: () => string[];
  readonly scalingo: SimulatedScalingo;
  /** What was sent to those who are to be notified. */
  readonly notified: string[];
  /** Runs the program, and looks for secrets in all that it gave away. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished>;
}

async function start(sessionToken?: string): Promise<Trial> {
  const keys = { secretAccessKey: key(30), ...(sessionToken === undefined ? {} : { sessionToken }) };
  // In the letters that an id in a key may have.
  const sandbox = await startSandboxWorld(keys, { apiToken: `tk-us-${randomBytes(18).toString('hex')}` });
  const { world, s3 } = sandbox;
  const { scalingo } = world;
  const planted = [keys.secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])];
  const secrets = () => [...planted, ...scalingo.issuedSecrets()];
  const notified: string[] = [];
  const receiver = await serve(async (request, response) => {
    for await (const chunk of request) notified.push(String(chunk));
    response.statusCode = 500;
    response.end(echo(secrets()));
  });
  const notify = { NOTIFY_PING_URL: `${receiver.url}/ping`, NOTIFY_WEBHOOK_URL: `${receiver.url}/hook` };
  return {
    ...sandbox,
    scalingo,
    secrets,
    notified,
    async run(args, env = {}) {
      const own = {
        ...world.environment(),
        ...notify,
        LOG_LEVEL: 'trace',
        TRANSFER_MAX_ATTEMPTS: '1',
        ...env,
      };
      const finished = await world.run(args, own);
      // What a `list` or a `prune` finds in the bucket has been put there by the test.
      const stored = args[0] === 'run' ? s3.keys() : [];
      const metadata = stored.map((name) => JSON.stringify(s3.object(name)?.metadata));
      const manifests = args[0] === 'run' ? JSON.stringify(await world.manifests()) : '';
      const shown = [finished.stdout, finished.stderr, ...notified, ...stored, ...metadata, manifests];
      for (const text of shown) expect(leaksIn(text, secrets()), text).toEqual([]);
      return finished;
    },
    async [Symbol.asyncDispose]() {
      await receiver[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers one operation of each database by itself. */
async function refusing(trial: Trial, faults: Readonly<Record<string, readonly [Operation, () => Fault]>>) {
  const databases = Object.keys(faults).map((app) => trial.scalingo.addDatabase({ app, archive }));
  for (const database of databases) database.addBackup();
  trial.scalingo.intercept = ({ operation, addonId, app }) => {
    const database = databases.find((each) => each.id === addonId || each.app === app);
    const [wanted, fault] = faults[database?.app ?? ''] ?? [];
    return operation === wanted ? fault?.() : undefined;
  };
  return trial.world.configFile({ databases, concurrency: 4 });
}

describe('no secret comes through that is repeated by', () => {
  it('the refusals of the APIs', async () => {
    await using trial = await start();
    const said = () => echo(trial.secrets());
    const id = () => ({ headers: { 'X-Request-Id': trial.secrets().at(-1) ?? '' } });
    const config = await refusing(trial, {
      token: ['addonToken', () => answer(403, { error: said(), code: said() }, id())],
      listed: ['list', () => answer(401, { error: said() }, id())],
      made: ['create', () => answer(422, { errors: { [said()]: [said()] } }, id())],
      linked: ['archive', () => answer(404, { resource: said(), error: said() }, id())],
    });
    const finished = await trial.run(['run', '--config', config], { BACKUP_REUSE_WITHIN: '1ms' });
    expect(failures(finished)).toBe(4);
  });

  it.each(['json', 'pretty'])('a download, in a log of %s', async (format) => {
    await using trial = await start();
    const said = () => echo(trial.secrets().reverse());
    const config = await refusing(trial, {
      // Scalingo's own: https://github.com/Scalingo/cli/issues/1094
      text: ['download', () => answer(200, `fail to get archive: bad token ${said()}`)],
      page: ['download', () => answer(200, `<html><body>${said()}</body></html>`)],
      plain: ['download', () => answer(403, said())],
      json: ['download', () => answer(410, { error: said() })],
    });
    const finished = await trial.run(['run', '--config', config, '--log-format', format]);
    expect(finished.code).toBe(1);
    expect(finished.stdout).toContain('fail to get archive: bad token');
    expect(finished.stdout).toContain('[redacted]');
  });

  it('the place that a download is redirected to', async () => {
    await using trial = await start();
    const databases = (['same-origin', 'cross-origin'] as const).map((redirect) => {
      const database = trial.scalingo.addDatabase({ app: redirect, archive });
      database.addBackup();
      database.download = { redirect };
      return database;
    });
    trial.scalingo.intercept = ({ operation }) =>
      operation === 'object' ? answer(200, `bad signature ${echo(trial.secrets().reverse())}`) : undefined;
    const config = await trial.world.configFile({ databases });
    const finished = await trial.run(['run', '--config', config]);
    expect(failures(finished)).toBe(2);
    expect(finished.stdout).toContain('bad signature');
  });

  it('the fields of a backup and of a database, in an archive that is made all the same', async () => {
    await using trial = await start();
    const database = trial.scalingo.addDatabase({ app: 'shop', archive });
    const backup = database.addBackup();
    const said = () => echo(trial.secrets());
    trial.scalingo.intercept = ({ operation }) => {
      if (operation === 'database') {
        const info = { type_name: 'postgresql', readable_version: said(), plan: said(), status: said() };
        return answer(200, { database: info });
      }
      if (operation !== 'list') return undefined;
      const shown = { ...backup.describe(Date.now()), name: said(), method: said(), database_id: said() };
      return answer(200, { database_backups: [shown] });
    };
    const finished = await trial.run(['run'], trial.world.environment(database));
    expect(finished.code, finished.stdout).toBe(0);
    const [manifest] = await trial.world.manifests();
    expect(manifest?.backupName).toContain('[redacted]');
    expect(trial.notified.join('')).toContain('run.completed');
  });

  it("the store's errors", async () => {
    await using trial = await start();
    const said = () => echo(trial.secrets());
    const always = { times: Number.POSITIVE_INFINITY };
    const headers = () => ({
      'x-amz-request-id': trial.secrets()[0] ?? '',
      server: `S3 ${trial.secrets()[0]}`,
    });
    const databases = ['put', 'probed', 'listed'].map((app) => trial.scalingo.addDatabase({ app, archive }));
    for (const database of databases) database.addBackup();
    const error = (code: string) =>
      ({ kind: 'error', status: 400, code, message: said(), headers: headers() }) as const;
    const put = { operation: 'CompleteMultipartUpload', key: /put\/.*gz$/ } as const;
    trial.s3.fail({ ...put, fault: error('InvalidRequest'), ...always });
    trial.s3.fail({ operation: 'CreateMultipartUpload', key: /probed\//, fault: error(key()), ...always });
    trial.s3.fail({ operation: 'PutObject', key: /locks\/listed/, fault: error('AccessDenied'), ...always });
    const finished = await trial.run(['run', '--config', await trial.world.configFile({ databases })]);
    expect(failures(finished)).toBe(3);
  });

  it('a store whose keys come from the chain of the SDK', async () => {
    const sessionToken = key(60);
    await using trial = await start(sessionToken);
    const { accessKeyId, secretAccessKey } = trial.s3;
    await using issuer = await serve((_request, response) => {
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      const issued = {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: sessionToken,
        Expiration,
      };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(issued));
    });
    trial.s3.fail({
      operation: 'ListObjectsV2',
      fault: { kind: 'error', code: 'AccessDenied', message: `denied to ${echo(trial.secrets())}` },
      times: Number.POSITIVE_INFINITY,
    });
    const env = {
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${issuer.url}/role`,
    };
    const listed = await trial.run(['list'], env);
    expect(listed).toMatchObject({ code: 1, stdout: '' });
    expect(listed.stderr).toContain('denied to');
  });

  it('a run of the daemon, in its pages', async () => {
    await using trial = await start();
    const { scalingo, world } = trial;
    const database = scalingo.addDatabase({ app: 'shop', archive });
    const said = () => echo(trial.secrets());
    scalingo.intercept = ({ operation }) => {
      if (operation === 'download') return answer(200, said());
      const info = { type_name: said(), readable_version: said(), plan: said(), status: said() };
      return operation === 'database' ? answer(200, { database: info }) : undefined;
    };
    const [port = 0] = await freePorts(1);
    const env = world.environment(database, {
      HTTP_PORT: String(port),
      SCHEDULE_RUN_ON_START: 'true',
      TRANSFER_MAX_ATTEMPTS: '1',
      LOG_LEVEL: 'trace',
    });
    await using daemon = world.spawn(['daemon'], env);
    await daemon.event('run.failed');
    for (const page of ['metrics', 'healthz', 'readyz', 'other']) {
      const text = await (await fetch(`http://127.0.0.1:${port}/${page}`)).text();
      expect(text).not.toBe('');
      expect(leaksIn(text, trial.secrets()), text).toEqual([]);
    }
    daemon.kill('SIGTERM');
    const { code, stdout, stderr } = await daemon.finished();
    expect(code).toBe(0);
    expect(leaksIn(stdout + stderr, trial.secrets())).toEqual([]);
  });

  it('what is in the bucket', async () => {
    await using trial = await start();
    const { s3, world, scalingo } = trial;
    const database = scalingo.addDatabase({ app: 'shop', archive });
    const stem = `${world.prefix}shop/2024-02-29T01-00-00Z_${scalingo.apiToken}`;
    s3.put(`${stem}.manifest.json`, JSON.stringify({ version: 1, backupName: echo(trial.secrets()) }));
    s3.put(`${stem}.tar.gz`, 'x');
    const env = world.environment(database, { RETENTION_KEEP_LAST: '1' });
    const listed = await trial.run(['list', '--json'], env);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ backupId: '[redacted]', size: 1 }]);
    expect((await trial.run(['prune', '--dry-run'], env)).stdout).toContain('shop: ');
  });

  it('a listing that makes no sense', async () => {
    await using trial = await start();
    await using store = await serve((_request, response) => {
      const said = () => echo(trial.secrets());
      response.setHeader('last-modified', trial.secrets()[0] ?? '');
      response.setHeader('x-amz-request-id', trial.secrets()[0] ?? '');
      response.end(
        `<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>${said()}</Key><Size>${said()}</Size><LastModified>${said()}</LastModified></Contents></ListBucketResult>`,
      );
    });
    expect((await trial.run(['list'], { S3_ENDPOINT: store.url })).code).toBe(1);
  });
});

function failures({ events }: Finished): number {
  return events.filter(({ event }) => event === 'archive.failed').length;
}
