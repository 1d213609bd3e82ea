import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ArchiveSource } from '../../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../../sandbox/archive/synthetic-archive.ts';
import { answerLost, dropped, hang, rateLimited, serverError } from '../../../sandbox/scalingo/fault.ts';
import {
  SimulatedScalingo,
  type SimulatedScalingoOptions,
} from '../../../sandbox/scalingo/simulated-scalingo.ts';
import { createLimiter } from '../../../src/concurrency/rate-limiter.ts';
import type { SourceDatabase } from '../../../src/ports/backup-source.ts';
import { ScalingoSession } from '../../../src/sources/scalingo/session.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { bytesOf } from './download-fixture.ts';
import { calm, MemoryLog, refusalOf } from './scalingo-fixture.ts';

const archive = syntheticArchive({ size: 3_000_000, seed: 'client' });

/** The client and the simulated service, on one clock that moves by itself. */
async function meet(options: SimulatedScalingoOptions = {}) {
  const clock = new FakeClock({ auto: true });
  const scalingo = await SimulatedScalingo.start({ clock, ...options });
  const database = scalingo.addDatabase({ app: 'shop', archive, timeline: { polls: 1 } });
  const log = new MemoryLog();
  const session = new ScalingoSession({
    authUrl: scalingo.authUrl,
    apiUrl: scalingo.apiUrl,
    databaseApiUrl: scalingo.databaseApiUrl,
    apiToken: scalingo.apiToken,
    userAgent: 'backup-archiver/test',
    clock,
    random: () => 0.5,
    log,
    limiter: createLimiter({ clock, perMinute: 1e9, burst: 1000 }),
    timeouts: { response: 200 },
  });
  const api = session.database({ app: 'shop', id: database.id });
  return {
    clock,
    scalingo,
    database,
    log,
    api,
    async [Symbol.asyncDispose]() {
      session.close();
      await scalingo.close();
    },
  };
}

async function fetched(api: SourceDatabase, id: string, start = 0, validator?: string) {
  const range = validator === undefined ? { start } : { start, validator };
  const download = await api.open(id, range, calm());
  return { ...download, bytes: await bytesOf(download) };
}

async function archiveOf(source: ArchiveSource): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.read(0)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('against the simulated Scalingo', () => {
  it('a backup is created, awaited and fetched', async () => {
    await using world = await meet();
    const { api, database } = world;
    expect(await api.info(calm())).toMatchObject({ engine: 'postgresql', notDownloadable: null });
    const created = await api.create(calm());
    expect(created?.size).toBeNull();
    expect(await refusalOf(api.create(calm()))).toMatchObject({ code: 'scalingo.backup_running' });
    await expect.poll(async () => (await api.list(calm()))[0]?.status).toBe('done');
    const [done] = await api.list(calm());
    expect(done).toMatchObject({ id: created?.id, databaseId: database.databaseId, size: archive.size });
    expect((await fetched(api, created?.id ?? '')).bytes).toEqual(await archiveOf(archive));
  });

  it('a download goes on where it broke off, by every kind of server', async () => {
    await using world = await meet();
    const { api, database } = world;
    const { id } = database.addBackup();
    const whole = await archiveOf(archive);
    const first = await fetched(api, id);
    const validator = first.validator ?? '';
    expect(validator).toMatch(/^"/);
    const rest = await fetched(api, id, 1_000_000, validator);
    expect(rest).toMatchObject({ start: 1_000_000, partial: true, totalSize: archive.size });
    expect(rest.bytes.equals(whole.subarray(1_000_000))).toBe(true);
    database.nextDownloads({ validator: 'other' }, { range: 'ignore' }, { redirect: 'cross-origin' });
    expect(await fetched(api, id, 1_000_000, validator)).toMatchObject({ start: 0, partial: false });
    expect(await fetched(api, id, 1_000_000)).toMatchObject({ start: 0, partial: false });
    const redirected = await fetched(api, id, 1_000_000, validator);
    expect(redirected).toMatchObject({ start: 1_000_000, partial: true });
    expect(redirected.bytes.equals(whole.subarray(1_000_000))).toBe(true);
    database.nextDownloads({ range: 'refuse' });
    expect(await refusalOf(fetched(api, id, 1_000_000))).toMatchObject({ code: 'scalingo.range_refused' });
    database.nextDownloads({ framing: 'chunked' }, { framing: 'close', etag: 'weak' });
    expect(await fetched(api, id)).toMatchObject({ length: null, framed: true });
    expect(await fetched(api, id)).toMatchObject({ length: null, framed: false, validator: null });
  });

  it.each(['end', 'reset'] as const)('a download cut by %s is an error of ours', async (cutBy) => {
    await using world = await meet();
    const { api, database } = world;
    const { id } = database.addBackup();
    for (const framing of ['length', 'chunked'] as const) {
      database.nextDownloads({ cutAfter: 1_000_000, cutBy, framing });
      const error = await refusalOf(fetched(api, id));
      expect(error).toMatchObject({ code: 'scalingo.network', retryable: true });
    }
  });

  it('links that ended are replaced, whatever word they end with', async () => {
    await using world = await meet();
    const { api, database } = world;
    const { id } = database.addBackup();
    for (const refusedStatus of [401, 403, 404, 410] as const) {
      database.links = { lifetimeMs: 0, oneTime: false, refusedStatus };
      expect(await refusalOf(fetched(api, id))).toMatchObject({
        code: 'scalingo.link_refused',
        retryable: true,
      });
    }
  });

  it('one lost response never makes two backups', async () => {
    await using world = await meet();
    const { api, database } = world;
    database.fail('create', answerLost());
    expect(await refusalOf(api.create(calm()))).toMatchObject({ code: 'scalingo.create_unknown' });
    expect(database.backups).toHaveLength(1);
    expect(await api.list(calm())).toHaveLength(1);
    database.backups.length = 0;
    database.fail('create', hang({ executed: true }));
    expect(await refusalOf(api.create(calm()))).toMatchObject({ code: 'scalingo.create_unknown' });
    expect(database.backups).toHaveLength(1);
  });

  it('tokens are renewed when they end, and when they are revoked', async () => {
    await using world = await meet({ tokenLifetimeMs: 600_000, addonTokenLifetimeMs: 60_000 });
    const { api, clock, scalingo } = world;
    for (let minute = 0; minute < 30; minute += 1) {
      await api.list(calm());
      clock.set(clock.now() + 60_000);
    }
    expect(scalingo.requests.filter(({ status }) => status === 401)).toEqual([]);
    const before = scalingo.count('exchange');
    expect(before).toBeLessThanOrEqual(7);
    await api.list(calm());
    scalingo.revokeTokens();
    expect(await api.list(calm())).toEqual([]);
  });

  it('a night of faults is got through, and says no secret', async () => {
    await using world = await meet();
    const { api, database, scalingo, log } = world;
    scalingo.fail('exchange', [dropped(), serverError(502)]);
    database.fail('addonToken', [rateLimited(), hang()]);
    database.fail('list', [dropped(), serverError(503), rateLimited({ retryAfter: 3, json: true }), hang()]);
    const { id } = database.addBackup();
    expect(await api.list(calm())).toHaveLength(1);
    await fetched(api, id);
    const print = inspect(log.events, { depth: 12, showHidden: true }) + JSON.stringify(log.events);
    for (const secret of [scalingo.apiToken, ...scalingo.issuedSecrets()])
      expect(print).not.toContain(secret);
    expect(log.named('scalingo.retried')).toHaveLength(8);
  });
});
