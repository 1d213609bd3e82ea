import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { Fault } from '../../sandbox/s3/failures.ts';
import { startSandboxWorld } from '../e2e/sandbox-world.ts';
import type { Finished } from '../support/archiver-process.ts';

const archive = syntheticArchive({ size: 3000, seed: 'guard' });

async function start() {
  const sandbox = await startSandboxWorld();
  const { world } = sandbox;
  const database = world.scalingo.addDatabase({ app: 'shop', archive });
  // Each run is a night of its own.
  const env = { ...world.environment(database), BACKUP_REUSE_WITHIN: '0s' };
  const night = (more: Record<string, string> = {}) => world.run(['run'], { ...env, ...more });
  const refuse = (key: RegExp, fault: Fault, times: number) =>
    sandbox.s3.fail({ operation: 'DeleteObject', key, fault, times });
  const prune = (...args: string[]) => world.run(['prune', ...args], { ...env, RETENTION_KEEP_LAST: '1' });
  return {
    ...sandbox,
    env,
    night,
    refuse,
    prune,
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

function errorOf({ events }: Finished): unknown {
  return events.find(({ event }) => event === 'retention.failed')?.error;
}

describe('a policy that was carried out before', { timeout: 120_000 }, () => {
  const KEEP_ONE = { RETENTION_KEEP_LAST: '1' };

  it('makes up for nights whose retention failed by a passing error', async () => {
    await using sandbox = await start();
    const { world, night, refuse } = sandbox;
    expect((await night(KEEP_ONE)).code).toBe(0);
    for (let missed = 0; missed < 2; missed++) {
      const failing = refuse(/\.manifest\.json$/, { kind: 'error', code: 'InternalError' }, 5);
      const finished = await night(KEEP_ONE);
      failing.cancel();
      expect(finished.code, finished.stdout).toBe(1);
    }
    expect(await world.manifests()).toHaveLength(3);
    const made = await night(KEEP_ONE);
    expect(made.code, made.stdout).toBe(0);
    expect(await world.manifests()).toHaveLength(1);
  });

  it('and was changed is refused, night after night, until a person asks for it', async () => {
    await using sandbox = await start();
    const { world, night, prune } = sandbox;
    for (let n = 0; n < 4; n++) expect((await night({ RETENTION_KEEP_LAST: '9' })).code).toBe(0);
    for (let n = 1; n <= 2; n++) {
      const refused = await night(KEEP_ONE);
      expect(refused.code).toBe(1);
      expect(errorOf(refused)).toMatchObject({ code: 'retention.refused' });
      expect(await world.manifests()).toHaveLength(4 + n);
    }
    expect((await prune('--dry-run')).stdout).toContain('more than half');
    expect((await prune()).code).toBe(1);
    expect((await prune('--yes')).code).toBe(0);
    expect(await world.manifests()).toHaveLength(1);
    const next = await night(KEEP_ONE);
    expect(next.code, next.stdout).toBe(0);
  });

  it.each([
    ['is no JSON', 'not JSON'],
    ['is of another addon', '{"version":1,"database":"shop","addonId":"ad-0","policy":"","carriedOutAt":""}'],
  ])('is not known by a record that %s: the guard holds', async (_, record) => {
    await using sandbox = await start();
    const { world, night, s3 } = sandbox;
    for (let n = 0; n < 4; n++) expect((await night()).code).toBe(0);
    s3.put(`${world.prefix}.locks/shop/retention.json`, record);
    expect(errorOf(await night(KEEP_ONE))).toMatchObject({ code: 'retention.refused' });
  });
});

describe('a deletion that is refused where the store shows no lock', () => {
  it.each([
    ['the archive', /\.tar\.gz$/],
    ['the manifest', /\.manifest\.json$/],
  ])('of %s is a right that is missing: exit 1, and all stays whole', async (_, key) => {
    await using sandbox = await start();
    const { world, night, refuse } = sandbox;
    const policy = { RETENTION_KEEP_LAST: '1' };
    expect((await night(policy)).code).toBe(0);
    refuse(key, { kind: 'error', code: 'AccessDenied', message: 'Access blocked' }, 10);
    const finished = await night(policy);
    expect(finished.code).toBe(1);
    expect(errorOf(finished)).toMatchObject({
      code: 's3.forbidden',
      hint: expect.stringContaining('s3:DeleteObject'),
    });
    expect(finished.events.map(({ event }) => event)).not.toContain('retention.retained');
    expect(await world.manifests()).toHaveLength(2);
    expect((await world.keys()).filter((each) => each.endsWith('.tar.gz'))).toHaveLength(2);
  });
});
