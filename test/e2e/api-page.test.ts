import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { archiveBytes } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { World } from '../support/world.ts';
import { startSandboxWorld } from './sandbox-world.ts';

const archive = syntheticArchive({ size: 20_000, seed: 'api page' });
const OLD = '5b8b36104ffb090be1ac3ce1';
const NEW = '5bde44904ffb096c714be89c';

/** The JSON of the Database API's page (https://developers.scalingo.com/databases/backups), field by field. */
const OLD_BACKUPS = [
  {
    id: '5bb95a904ffb096e9a2831b8',
    created_at: '2018-10-07T03:00:00.150+02:00',
    started_at: '2018-10-07T03:05:00.154+01:00',
    name: '20181007010000_kibana-3938',
    size: 0,
    status: 'error',
    database_id: '597601234ffb097af4f3099b',
    method: 'manual',
  },
  {
    id: OLD,
    created_at: '2018-09-02T03:00:00.178+02:00',
    started_at: '2018-09-02T03:02:00.154+01:00',
    name: '20180902010000_kibana-3938',
    size: archive.size,
    status: 'done',
    database_id: '597601234ffb097af4f3099b',
    method: 'periodic',
  },
];
const CREATED = {
  id: NEW,
  created_at: '2018-11-04T02:00:00.154+01:00',
  started_at: null,
  name: '20181104010000_kibana-3938',
  size: null,
  status: 'scheduled',
  database_id: '597601234ffb097af4f3099b',
  method: 'periodic',
};
const PENDING = { ...CREATED, started_at: '2018-11-04T02:01:00.154+01:00', size: 0, status: 'pending' };

const DONE = { ...PENDING, size: archive.size, status: 'done' };

type Info = (response: ServerResponse) => void;
const json =
  (status: number, body: unknown): Info =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };

/** A service that knows the three endpoints of the page and the link, for the one database of the page. */
async function startPage(info: Info, changes: object = {}) {
  const bytes = await archiveBytes(archive);
  const requests: string[] = [];
  let polls: number | undefined;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { pathname, search } = new URL(request.url ?? '', 'http://page');
    requests.push(`${request.method} ${pathname}`);
    const answer = answers[`${request.method} ${pathname}${search}`] ?? json(404, { error: 'not found' });
    answer(response);
  });
  const base = '/api/databases/my-db-123';
  const link = `${base}/backups/${NEW}/download?token=token1234`;
  const answers: Record<string, Info> = {
    [`GET ${base}`]: info,
    [`GET ${base}/backups`]: (response) => {
      const made =
        polls === undefined ? [] : [polls++ < 1 ? { ...PENDING, ...changes } : { ...DONE, ...changes }];
      json(200, { database_backups: [...made, ...OLD_BACKUPS] })(response);
    },
    [`POST ${base}/backups`]: (response) => {
      polls = 0;
      json(201, { database_backup: { ...CREATED, ...changes } })(response);
    },
    [`GET ${base}/backups/${NEW}/archive`]: (response) => {
      const { port } = server.address() as AddressInfo;
      json(200, { download_url: `http://127.0.0.1:${port}${link}` })(response);
    },
    [`GET ${link}`]: (response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.end(bytes);
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function environment(world: World, page: { url: string }): Record<string, string> {
  return {
    ...world.bucket.environment(),
    S3_PREFIX: world.prefix,
    LOG_FORMAT: 'json',
    BACKUP_POLL_INTERVAL: '100ms',
    DB_API_URL: page.url,
    DB_BEARER_TOKEN: 'opaque-bearer-token',
    DATABASE_ID: 'my-db-123',
    DATABASE_NAME: 'kibana',
  };
}

async function run(page: { url: string }, more: Record<string, string> = {}) {
  await using sandbox = await startSandboxWorld();
  const { world } = sandbox;
  const finished = await world.run(['run'], { ...environment(world, page), ...more });
  return { finished, manifests: await world.manifests() };
}

describe("the API page's own words", () => {
  it.each<[string, Info, object]>([
    [
      'that answers',
      json(200, { database: { type_name: 'postgresql', readable_version: '16.4.0-1' } }),
      { engine: 'postgresql', engineVersion: '16.4.0-1' },
    ],
    ['that is not found', json(404, { error: 'not found' }), { engine: null, engineVersion: null }],
    ['that is forbidden', json(403, { error: 'no', code: 'forbidden' }), { engine: null }],
    ['that is down', json(503, { error: 'no' }), { engine: null }],
    ['that answers nonsense', (response) => response.end('<html>'), { engine: null }],
    ['that answers other JSON', json(200, { database: { type_name: 5 } }), { engine: null }],
    [
      'of a type named constructor',
      json(200, { database: { type_name: 'constructor' } }),
      { engine: 'constructor' },
    ],
  ])('are enough for a run, with GET /api/databases/:id %s', async (_, info, expected) => {
    await using page = await startPage(info);
    const { finished, manifests } = await run(page);
    expect(finished.code, finished.stdout).toBe(0);
    expect(manifests).toMatchObject([
      {
        addonId: 'my-db-123',
        backupId: NEW,
        createdAt: '2018-11-04T01:00:00.154Z',
        size: archive.size,
        ...expected,
      },
    ]);
    const warned = finished.events.filter(({ event }) => event === 'database.info_unavailable');
    expect(warned).toHaveLength(
      'engineVersion' in expected && expected.engineVersion !== null
        ? 0
        : (expected as { engine: unknown }).engine === null
          ? 1
          : 0,
    );
  });

  it.each([
    'opaque-token',
    'eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDB9.c2lnbmF0dXJl',
    'YWJjZGVmZ2hpamtsbW5vcA==',
    'a+b/c=~._-'.padEnd(3000, 'x'),
  ])('take a bearer token of any form', async (DB_BEARER_TOKEN) => {
    await using page = await startPage(json(404, {}));
    const { finished } = await run(page, { DB_BEARER_TOKEN });
    expect(finished.code, finished.stdout).toBe(0);
    expect(finished.stdout).not.toContain(DB_BEARER_TOKEN);
  });

  it('with an id that the API does not know: the hint says what an id looks like today', async () => {
    await using page = await startPage(json(404, {}));
    const { finished, manifests } = await run(page, { DATABASE_ID: '597601234ffb097af4f3099b' });
    expect(finished.code).toBe(1);
    expect(manifests).toEqual([]);
    const failed = finished.events.find(({ event }) => event === 'archive.failed');
    expect(failed?.error).toMatchObject({
      code: 'scalingo.not_found',
      hint: expect.stringContaining('"ad-" and a UUID'),
    });
  });

  it.each<[string, object]>([
    ['a name of 100 KB', { name: 'kibana '.repeat(15_000) }],
    ['a name with half a surrogate pair, a null and a line separator', { name: 'a\ud83d\0\u2028b' }],
    ['a method and a type of 100 KB', { method: 'm'.repeat(100_000), type: 't'.repeat(100_000) }],
    ['a database id of 100 KB', { database_id: 'd'.repeat(100_000) }],
  ])('with %s: the manifest is written, and read back', async (_, changes) => {
    await using page = await startPage(json(404, {}), changes);
    await using sandbox = await startSandboxWorld();
    const { world } = sandbox;
    const finished = await world.run(['run'], environment(world, page));
    expect(finished.code, finished.stdout).toBe(0);
    // The next run reads it; `mirror` would fetch again what it cannot find.
    const again = await world.run(['run'], { ...environment(world, page), BACKUP_MODE: 'latest' });
    expect(again.code, again.stdout).toBe(0);
    expect(again.events.map(({ event }) => event)).toContain('archive.skipped');
    expect(again.events.map(({ event }) => event)).not.toContain('archive.bad_manifest');
  });

  it('with a time whose year has five digits in UTC: it is refused with a word, before anything is copied', async () => {
    await using page = await startPage(json(404, {}), { created_at: '9999-12-31T23:59:59-10:00' });
    const { finished, manifests } = await run(page);
    expect(finished.code).toBe(1);
    expect(manifests).toEqual([]);
    const failed = finished.events.find(({ event }) => event === 'archive.failed');
    expect(failed?.error).toMatchObject({ message: expect.stringContaining('of the years 0 to 9999') });
  });
});
