import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArchiverError } from '../../../src/model/errors.ts';
import { countParts } from '../../../src/model/part-layout.ts';
import {
  profileOf,
  recognise,
  STORE_PROFILES,
  UNKNOWN_STORE,
} from '../../../src/stores/s3/capabilities/store-profile.ts';
import {
  explainPartSize,
  layoutParallelParts,
  layoutParts,
  maxPartsOf,
  type PartLayoutOptions,
  S3_LIMITS,
} from '../../../src/stores/s3/upload/choose-layout.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const GB = 1e9;

describe('a store is known by the host of its endpoint', () => {
  it.each([
    [undefined, 'aws'],
    ['https://s3.eu-west-3.amazonaws.com', 'aws'],
    ['https://s3.dualstack.eu-west-3.amazonaws.com', 'aws'],
    ['https://bucket.vpce-1a2b3c.s3.eu-west-3.vpce.amazonaws.com', 'aws'],
    ['https://s3.cn-north-1.amazonaws.com.cn', 'aws'],
    ['https://s3.fr-par.scw.cloud', 'scaleway'],
    ['https://my-backups.s3.nl-ams.scw.cloud', 'scaleway'],
    ['https://S3.FR-PAR.SCW.CLOUD:443', 'scaleway'],
    ['https://s3.gra.io.cloud.ovh.net', 'ovh'],
    ['https://s3.gra.perf.cloud.ovh.net', 'ovh'],
    ['https://s3.us-east-va.io.cloud.ovh.us', 'ovh'],
    ['https://oos.eu-west-2.outscale.com', 'outscale'],
    ['https://oos.cloudgouv-eu-west-1.outscale.com', 'outscale'],
    ['https://1a2b3c.r2.cloudflarestorage.com', 'cloudflare-r2'],
    ['https://1a2b3c.eu.r2.cloudflarestorage.com', 'cloudflare-r2'],
    ['http://garage:3900', 'garage'],
    ['https://s3.garage.example.com', 'garage'],
    ['http://127.0.0.1:8333', 'unknown'],
    ['http://[::1]:8333', 'unknown'],
    ['https://s3.example.com', 'unknown'],
    ['https://scw.cloud.example.com', 'unknown'],
    ['https://notscw.cloud', 'unknown'],
    ['https://example.com/s3.fr-par.scw.cloud', 'unknown'],
    ['https://api.eu-west-2.outscale.com', 'unknown'],
  ])('%s is %s', (endpoint, name) => {
    expect(profileOf(endpoint).name).toBe(name);
  });
});

describe('a store on its own host tells itself by the Server header', () => {
  it.each([
    ['Ceph Object Gateway (squid)', 'ceph'],
    ['SeaweedFS 4.48', 'seaweedfs'],
    ['VERSITYGW', 'unknown'],
    ['nginx', 'unknown'],
    ['', 'unknown'],
    [undefined, 'unknown'],
  ])('%j is %s', (server, name) => {
    expect(recognise(UNKNOWN_STORE, server).name).toBe(name);
  });

  it('and does not take the name of one that its host has told', () => {
    expect(recognise(profileOf('https://s3.fr-par.scw.cloud'), 'Ceph Object Gateway (squid)').name).toBe(
      'scaleway',
    );
  });

  it('but its parts are laid out as before: a proxy may show the header on one night and not on the next', () => {
    for (const server of ['Ceph Object Gateway (squid)', 'SeaweedFS 4.48']) {
      expect(recognise(UNKNOWN_STORE, server).limits).toEqual(UNKNOWN_STORE.limits);
    }
  });
});

describe('the profiles', () => {
  it('are each named once, and each say where it is documented', () => {
    expect(new Set(STORE_PROFILES.map(({ name }) => name)).size).toBe(STORE_PROFILES.length);
    for (const { sources } of STORE_PROFILES) {
      expect(sources).not.toEqual([]);
      for (const source of sources) expect(source).toMatch(/^https:\/\/[^ ]+$/);
    }
  });

  it.each([
    ['aws', 10_000, 5 * GiB],
    ['scaleway', 1000, 5 * GB],
    ['ovh', 10_000, 5 * GiB],
    ['outscale', 10_000, 4 * GiB],
    ['cloudflare-r2', 10_000, 5 * GiB - 5 * MiB],
    ['ceph', 10_000, 5 * GiB],
    ['seaweedfs', 10_000, 5 * GiB],
    ['garage', 10_000, 5 * GiB],
    ['unknown', 10_000, 5 * GiB],
  ])('%s takes %i parts of up to %i bytes', (name, maxParts, maxPartSize) => {
    expect(limitsOf(name)).toMatchObject({ maxParts, maxPartSize, minPartSize: 5 * MiB });
  });
});

describe('the layout at a store', () => {
  it.each<[string, string, number, PartLayoutOptions, number, string]>([
    ['100 GiB at AWS', 'aws', 100 * GiB, {}, 32 * MiB, 'the default'],
    ['400 GiB at AWS', 'aws', 400 * GiB, {}, 41 * MiB, '400.0 GiB must fit into 10000 parts'],
    ['100 GiB at Scaleway', 'scaleway', 100 * GiB, {}, 103 * MiB, '100.0 GiB must fit into 1000 parts'],
    ['1 GiB at Scaleway', 'scaleway', GiB, {}, 32 * MiB, 'the default'],
    ['as told', 'scaleway', GiB, { partSize: 16 * MiB }, 16 * MiB, 's3.partSize says so'],
    [
      'less than needed at Scaleway',
      'scaleway',
      100 * GiB,
      { partSize: 16 * MiB },
      103 * MiB,
      '100.0 GiB must fit into 1000 parts',
    ],
    [
      'told that Scaleway has more parts',
      'scaleway',
      100 * GiB,
      { maxParts: 10_000 },
      32 * MiB,
      'the default',
    ],
    [
      'more than Outscale takes',
      'outscale',
      GiB,
      { partSize: 5 * GiB },
      4 * GiB,
      'the store takes no larger part',
    ],
    ['the most at Scaleway', 'scaleway', 5000 * GB, {}, 5 * GB, 'the store takes no larger part'],
  ])('%s', (_, name, size, options, partSize, because) => {
    const limits = limitsOf(name);
    const layout = layoutParallelParts(size, options, limits);
    expect(layout.partSize).toBe(partSize);
    expect(explainPartSize(size, layout, options, limits)).toBe(because);
  });

  it.each([
    ['outscale', 10_000 * 4 * GiB],
    ['cloudflare-r2', 5 * 2 ** 40 - 5 * GiB],
    ['scaleway', 5000 * GB],
    ['ovh', 48 * 2 ** 40],
  ])('%s holds no object of more than %i bytes', (name, most) => {
    const limits = limitsOf(name);
    expect(countParts(most, layoutParts(most, {}, limits).partSize)).toBeLessThanOrEqual(limits.maxParts);
    expect(() => layoutParts(most + 1, {}, limits)).toThrow(
      expect.objectContaining({ code: 's3.too_large' } satisfies Partial<ArchiverError>),
    );
  });

  const profiles = fc.constantFrom(...STORE_PROFILES);
  const sizes = fc
    .tuple(fc.integer({ min: 0, max: 45 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([power, share]) => Math.floor(2 ** power * (1 + share)));
  const options: fc.Arbitrary<PartLayoutOptions> = fc.record(
    {
      partSize: fc.integer({ min: S3_LIMITS.minPartSize, max: S3_LIMITS.maxPartSize }),
      concurrency: fc.integer({ min: 1, max: 64 }),
      maxParts: fc.integer({ min: 1, max: S3_LIMITS.maxParts }),
    },
    { requiredKeys: [] },
  );
  const ways = fc.constantFrom(layoutParallelParts, layoutParts);

  it('keeps every rule of every store, for every size and setting, and the same one each time', () => {
    fc.assert(
      fc.property(profiles, sizes, options, ways, ({ limits }, size, chosen, layOut) => {
        const maxParts = maxPartsOf(chosen, limits);
        const isPossible = size <= Math.min(maxParts * limits.maxPartSize, limits.maxObjectSize);
        if (!isPossible) {
          expect(() => layOut(size, chosen, limits)).toThrow();
          return;
        }
        const layout = layOut(size, chosen, limits);
        expect(layOut(size, { ...chosen }, { ...limits })).toEqual(layout);
        expect(Number.isSafeInteger(layout.partSize)).toBe(true);
        expect(layout.partSize).toBeGreaterThanOrEqual(limits.minPartSize);
        expect(layout.partSize).toBeLessThanOrEqual(limits.maxPartSize);
        expect(countParts(size, layout.partSize)).toBeLessThanOrEqual(maxParts);
        // Equal parts, the last one no larger: what remains after all the others is within one part.
        const last = size - (countParts(size, layout.partSize) - 1) * layout.partSize;
        expect(last).toBeLessThanOrEqual(layout.partSize);
        if (size > 0) expect(last).toBeGreaterThan(0);
      }),
      { numRuns: 3000 },
    );
  });
});

function limitsOf(name: string) {
  const profile = STORE_PROFILES.find((one) => one.name === name);
  if (profile === undefined) throw new Error(`there is no profile ${name}`);
  return profile.limits;
}
