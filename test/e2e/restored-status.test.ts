import { expect, it } from 'vitest';
import type { RestoredRecord, Verification } from '../../src/model/verification.ts';
import { seedArchive } from '../support/seeded-archive.ts';
import { startSandboxWorld } from './sandbox-world.ts';

const HOUR = 3_600_000;

function restored(hoursAgo: number, own: Partial<RestoredRecord>): RestoredRecord {
  return {
    at: new Date(Date.now() - hoursAgo * HOUR).toISOString(),
    ok: true,
    fault: null,
    durationMs: 1000,
    archiver: '1.2.3',
    engine: 'postgresql',
    serverVersion: '15.4',
    tools: [],
    tables: 41,
    rows: 99,
    objects: {},
    bytes: 1,
    warnings: [],
    ...own,
  };
}

it('status shows the last restore test, and an archive that did not restore', async () => {
  await using sandbox = await startSandboxWorld();
  const { world, s3 } = sandbox;
  const seed = (name: string, daysAgo: number, record: RestoredRecord) => {
    const identity = {
      database: name,
      createdAt: new Date(Date.now() - daysAgo * 24 * HOUR),
      backupId: `b${daysAgo}`,
    };
    const key = seedArchive(s3, world.prefix, identity, { addonId: 'ad-1', size: 5000 });
    const verification: Verification = {
      version: 1,
      key,
      checksum: 'AAAAAA==',
      readBack: null,
      restored: record,
    };
    s3.put(key.replace(/\.tar\.gz$/, '.verified.json'), JSON.stringify(verification));
    return key;
  };
  seed('shop', 1, restored(30, { tables: 40 }));
  const last = seed('shop', 2, restored(3, {}));
  const message = 'crm: does not restore: could not uncompress data';
  seed('crm', 1, restored(2, { ok: false, fault: { code: 'restore.damaged', message }, tables: 0, rows: 0 }));
  const env = { ...world.bucket.environment(), S3_PREFIX: world.prefix };

  const { code, stdout } = await world.run(['status'], env);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^shop: restored for a try 3h ago: 41 tables, 99 rows$/m);
  expect(stdout).toMatch(/^crm .* DAMAGED$/m);
  expect(stdout).toContain(`crm: ${message}`);
  expect(stdout).not.toContain('crm: restored');

  const json = await world.run(['status', '--json'], env);
  expect(JSON.parse(json.stdout)).toMatchObject([
    { database: 'crm', restoreTest: { ok: false, fault: { code: 'restore.damaged' } } },
    { database: 'shop', restoreTest: { of: last, ok: true, tables: 41, rows: 99 } },
  ]);
});
