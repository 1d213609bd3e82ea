import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';
import { createLimiter } from '../../src/concurrency/rate-limiter.ts';
import { ScalingoSession } from '../../src/sources/scalingo/session.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { JsonListSource } from './json-list/json-list-source.ts';
import { ListServer } from './json-list/list-server.ts';
import { type SourceWorld, sourceContract } from './source-contract.ts';

const NEWER = syntheticArchive({ size: 9000, seed: 'newer' });
const OLDER = syntheticArchive({ size: 7000, seed: 'older' });

async function read(archive: typeof NEWER): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive.read(0)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

sourceContract('Scalingo', async (): Promise<SourceWorld> => {
  const clock = new FakeClock({ auto: true });
  const scalingo = await SimulatedScalingo.start({ clock });
  const served = scalingo.addDatabase({ app: 'shop' });
  const older = served.addBackup({ createdAt: '2018-09-01T01:00:00Z', archive: OLDER });
  const newer = served.addBackup({ createdAt: '2018-09-02T01:00:00Z', archive: NEWER });
  const session = new ScalingoSession({
    authUrl: scalingo.authUrl,
    apiUrl: scalingo.apiUrl,
    databaseApiUrl: scalingo.databaseApiUrl,
    apiToken: scalingo.apiToken,
    userAgent: 'backup-archiver/test',
    clock,
    random: () => 0.5,
    limiter: createLimiter({ clock, perMinute: 1e9, burst: 1000 }),
  });
  return {
    database: session.database({ app: 'shop', id: served.id }),
    backups: [
      { id: newer.id, bytes: await read(NEWER) },
      { id: older.id, bytes: await read(OLDER) },
    ],
    stop: () => scalingo.close(),
    async [Symbol.asyncDispose]() {
      session.close();
      await scalingo.close();
    },
  };
});

sourceContract('a JSON list', async (): Promise<SourceWorld> => {
  const server = await ListServer.start();
  const newer = { id: 'newer-1', createdAt: '2018-09-02T01:00:00Z', bytes: await read(NEWER) };
  const older = { id: 'older-1', createdAt: '2018-09-01T01:00:00Z', bytes: await read(OLDER) };
  server.backups.push(older, { ...newer, statesSize: false });
  const source = new JsonListSource();
  return {
    database: source.database({ app: undefined, id: server.url }),
    backups: [newer, older],
    stop: () => server[Symbol.asyncDispose](),
    async [Symbol.asyncDispose]() {
      source.close();
      await server[Symbol.asyncDispose]();
    },
  };
});
