import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { answer } from '../../sandbox/scalingo/fault.ts';
import { settings } from '../../src/config/schema/schema.ts';
import type { Finished } from '../support/archiver-process.ts';
import { startSandboxWorld } from './sandbox-world.ts';

const archive = syntheticArchive({ size: 2000, seed: 'canary' });
/** Every variable that carries a secret. */
const SECRETS = [...settings.values()].flatMap(({ sensitive, env }) =>
  sensitive === true && env !== undefined ? [env] : [],
);

/** A secret unlike any other, in the characters that tokens and keys have. */
function canary(prefix: string): string {
  return `${prefix}${randomBytes(15).toString('hex')}`;
}

/** A receiver that refuses, and repeats what it was asked. */
async function startEcho() {
  const server = createServer((request, response) => {
    response.writeHead(403, { 'x-request-id': 'echo-1' });
    response.end(`forbidden: ${request.url}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** In no byte of what was printed, in none of the forms in which a secret travels. */
function expectSilence({ stdout, stderr }: Finished, secrets: readonly string[]): void {
  const printed = stdout + stderr;
  const forms = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(`:${secret}`).toString('base64'),
    // Cut off in its middle, as an excerpt may be.
    ...(/^(http|ey)/.test(secret) ? [] : [secret.slice(0, 20)]),
  ]);
  expect(forms.filter((form) => printed.includes(form))).toEqual([]);
  expect(printed).not.toMatch(
    /AWS4-HMAC-SHA256|X-Amz-Signature=|[?&](token|signature)=(?!\[redacted])[\w-]{8}/i,
  );
}

describe('no secret appears', () => {
  it('when every service refuses, repeats what it was given, and everything is logged', async () => {
    await using echo = await startEcho();
    const planted: Record<string, string> = {
      SCALINGO_API_TOKEN: canary('tk-us-'),
      AWS_ACCESS_KEY_ID: canary('AKIA'),
      AWS_SECRET_ACCESS_KEY: `${canary('')}/+${canary('')}`,
      AWS_SESSION_TOKEN: `${canary('session/')}+==`,
      NOTIFY_PING_URL: `${echo.url}/ping/${canary('')}`,
      NOTIFY_WEBHOOK_URL: `${echo.url}/hook?key=${canary('')}`,
      RESTORE_TEST_POSTGRESQL_URL: `postgresql://tester:${canary('')}@127.0.0.1:9/postgres`,
      RESTORE_TEST_MYSQL_URL: `mysql://tester:${canary('')}@127.0.0.1:9`,
    };
    const keys = {
      accessKeyId: planted.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: planted.AWS_SECRET_ACCESS_KEY ?? '',
      sessionToken: planted.AWS_SESSION_TOKEN ?? '',
    };
    await using sandbox = await startSandboxWorld(keys, { apiToken: planted.SCALINGO_API_TOKEN ?? '' });
    const { world, s3 } = sandbox;
    const { scalingo } = world;
    const everything = () => [...Object.values(planted), ...scalingo.issuedSecrets()].join(' ');
    const [unauthorized, forbidden, links, store] = ['unauthorized', 'forbidden', 'links', 'store'].map(
      (app) => scalingo.addDatabase({ app, archive }),
    );
    if (!unauthorized || !forbidden || !links || !store) throw new Error('there are four');
    unauthorized.addBackup();
    links.addBackup();
    store.addBackup();
    // Each says back all that it could know.
    const echoed = (status: number) => answer(status, { error: `refused: ${everything()}` });
    scalingo.intercept = ({ operation, addonId }) => {
      if (operation === 'list' && addonId === unauthorized.id) return echoed(401);
      if (operation === 'create' && addonId === forbidden.id) return echoed(403);
      if (operation === 'download' && addonId === links.id) return echoed(410);
      return undefined;
    };
    s3.fail({
      operation: 'CompleteMultipartUpload',
      key: /store\/.*tar\.gz$/,
      fault: { kind: 'error', code: 'AccessDenied', message: `denied to ${everything()}` },
      times: Number.POSITIVE_INFINITY,
    });
    // One after the other: a link that is on its way to the program is in what another service says back already.
    const config = await world.configFile({
      databases: [unauthorized, forbidden, links, store],
      concurrency: 1,
    });
    const env = { ...world.environment(), ...planted, LOG_LEVEL: 'trace', TRANSFER_MAX_ATTEMPTS: '2' };
    const finished = await world.run(['run', '--config', config], env);
    expect(finished.code).toBe(1);
    const failed = finished.events.filter(({ event }) => event === 'archive.failed');
    expect(failed.map(({ database }) => database).sort()).toEqual([
      'forbidden',
      'links',
      'store',
      'unauthorized',
    ]);
    expect(finished.stdout).toContain('[redacted]');
    expectSilence(finished, [...Object.values(planted), ...scalingo.issuedSecrets()]);
  });

  it('when it came from a file, and the store does not know it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'secrets-'));
    await using echo = await startEcho();
    await using sandbox = await startSandboxWorld();
    const { world } = sandbox;
    const database = world.scalingo.addDatabase({ app: 'shop', archive });
    const planted: Record<string, string> = {
      DB_BEARER_TOKEN: world.scalingo.issueDatabaseBearer(database),
      AWS_ACCESS_KEY_ID: canary('AKIA'),
      AWS_SECRET_ACCESS_KEY: canary(''),
      AWS_SESSION_TOKEN: canary('session-'),
      NOTIFY_PING_URL: `${echo.url}/${canary('')}`,
      NOTIFY_WEBHOOK_URL: `${echo.url}/${canary('')}`,
      RESTORE_TEST_POSTGRESQL_URL: `postgresql://tester:${canary('')}@127.0.0.1:9/postgres`,
      RESTORE_TEST_MYSQL_URL: `mysql://tester:${canary('')}@127.0.0.1:9`,
    };
    const files: Record<string, string> = {};
    for (const [name, secret] of Object.entries(planted)) {
      files[`${name}_FILE`] = join(folder, name);
      await writeFile(join(folder, name), `${secret}\n`);
    }
    const env: Record<string, string> = { ...world.environment(database, files), LOG_LEVEL: 'trace' };
    for (const name of [...Object.keys(planted), 'SCALINGO_API_TOKEN']) env[name] = '';
    const runs = await Promise.all([
      world.run(['run'], env),
      world.run(['run', '--log-format', 'pretty'], env),
      world.run(['list'], env),
      world.run(['run', '--print-config'], env),
    ]);
    await rm(folder, { recursive: true });
    expect(runs.map(({ code }) => code)).toEqual([1, 1, 1, 0]);
    expect(runs[0]?.stdout).toContain('s3.');
    for (const finished of runs) expectSilence(finished, Object.values(planted));
  });

  it('although there are more of them than these tests know', () => {
    expect([...SECRETS].sort()).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'DB_BEARER_TOKEN',
      // In test/e2e/proxy.test.ts, which has a proxy.
      'HTTPS_PROXY',
      'HTTP_PROXY',
      'NOTIFY_PING_URL',
      'NOTIFY_WEBHOOK_URL',
      'RESTORE_TEST_MYSQL_URL',
      'RESTORE_TEST_POSTGRESQL_URL',
      'SCALINGO_API_TOKEN',
    ]);
  });
});
