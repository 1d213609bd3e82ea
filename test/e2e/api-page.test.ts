import { describe, expect, it } from 'vitest';
import { archive, environment, type Info, json, NEW, startPage } from '../support/api-page.ts';
import { startSandboxWorld } from './sandbox-world.ts';

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
