import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { archiveBytes } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { World } from './world.ts';

/** The archive of the backup that the page makes. */
export const archive = syntheticArchive({ size: 20_000, seed: 'api page' });
const OLD = '5b8b36104ffb090be1ac3ce1';
export const NEW = '5bde44904ffb096c714be89c';

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

/** What answers a request. */
export type Info = (response: ServerResponse) => void;
export const json =
  (status: number, body: unknown): Info =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };

/** A service that knows the three endpoints of the page and the link, for the one database of the page. */
export async function startPage(info: Info, changes: object = {}) {
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
    answers,
    link,
    url: `http://127.0.0.1:${port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The environment of a run that knows of Scalingo no more than the page says. */
export function environment(world: World, page: { url: string }): Record<string, string> {
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
