import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { RecordedRequest, RequestFilter } from '../../sandbox/s3/options.ts';
import type { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import type { DownloadBehaviour } from '../../sandbox/scalingo/download-behaviour.ts';
import { startSandboxWorld } from '../e2e/sandbox-world.ts';
import type { ArchiverProcess } from '../support/archiver-process.ts';
import { seedArchive } from '../support/seeded-archive.ts';

const FROZEN = fileURLToPath(new URL('../e2e/fixtures/frozen-on-signal.ts', import.meta.url));
const MiB = 2 ** 20;
const DAY = 86_400_000;
const archive = syntheticArchive({ size: 12 * MiB, seed: 'frozen' });
/** Seeded archives; one of them stays beside the new one. */
const NIGHTS = [400, 401, 402];

interface Moment {
  readonly name: string;
  /** The request whose response arrives while the process is frozen. */
  readonly request: RequestFilter;
  readonly download?: DownloadBehaviour;
  /** Whether the first run has nothing more to do: it may end with 0 as well. */
  readonly isLast?: boolean;
  /** Whether it is frozen in its own code here as well. */
  readonly isInCode?: boolean;
  /** Whether the other run is still at work when the first goes on. Default: it is done. */
  readonly isAtWork?: boolean;
}

const OBJECT = /shop\/.*_[0-9a-f]{24}\.tar\.gz$/;
const MANIFEST = /shop\/.*_[0-9a-f]{24}\.manifest\.json$/;
const MOMENTS: readonly Moment[] = [
  { name: 'its last part', request: { operation: 'UploadPart', key: OBJECT, partNumber: 3 } },
  {
    name: 'the last part of a stream',
    request: { operation: 'UploadPart', key: OBJECT, partNumber: 3 },
    download: { range: 'ignore' },
  },
  {
    name: 'a part, with the other run at work as it goes on',
    request: { operation: 'UploadPart', key: OBJECT, partNumber: 2 },
    isAtWork: true,
  },
  { name: 'Complete', request: { operation: 'CompleteMultipartUpload', key: OBJECT }, isInCode: true },
  { name: 'the look at what it has made', request: { operation: 'HeadObject', key: OBJECT }, isInCode: true },
  { name: 'its manifest', request: { operation: 'PutObject', key: MANIFEST }, isInCode: true },
  { name: 'a deletion', request: { operation: 'DeleteObject', key: /night-402\.manifest/ }, isInCode: true },
  {
    name: 'the last thing that it does',
    request: { operation: 'PutObject', key: /retention\.json$/ },
    isInCode: true,
    isLast: true,
  },
];

/** Ways to freeze a process: in its sleep, or in the middle of its code, where no timer fires first. */
const WAYS = {
  SIGSTOP: async (run: ArchiverProcess) => {
    run.kill('SIGSTOP');
    await Promise.resolve();
  },
  'its own code': async (run: ArchiverProcess) => {
    const frozen = once(run.child.stderr ?? run.child, 'data');
    run.kill('SIGUSR2');
    await frozen;
  },
};
const CASES = [
  ...MOMENTS.map((moment) => ['SIGSTOP', moment] as const),
  ...MOMENTS.filter(({ isInCode }) => isInCode).map((moment) => ['its own code', moment] as const),
].map(([by, moment]) => ({ by, moment, name: moment.name }));

describe.concurrent('a run that is frozen for longer than its lease', () => {
  it.each(CASES)(
    'by $by while it waits for $name changes nothing any more',
    { timeout: 180_000 },
    async ({ by, moment }) => {
      await using sandbox = await startSandboxWorld();
      const { world, s3 } = sandbox;
      const database = world.scalingo.addDatabase({ app: 'shop', archive });
      database.download = moment.download ?? {};
      for (const days of NIGHTS) {
        const createdAt = new Date(Math.floor(Date.now() / DAY - days) * DAY);
        const identity = { database: 'shop', createdAt, backupId: `night-${days}` };
        seedArchive(s3, world.prefix, identity, { addonId: database.id, size: 100 });
      }
      const env = world.environment(database, {
        S3_PART_SIZE: '5MiB',
        RETENTION_KEEP_LAST: '2',
        ARCHIVER_SINCE: new Date().toISOString(),
      });
      const held = Promise.withResolvers<void>();
      s3.fail({ ...moment.request, fault: { kind: 'hold', until: held.promise } });
      const folder = await mkdtemp(join(tmpdir(), 'frozen-'));
      await using first = world.spawn(['run'], { ...env, FROZEN_UNTIL: join(folder, 'over') }, [
        '--import',
        FROZEN,
      ]);
      await s3.seen(moment.request);
      await WAYS[by](first);
      held.resolve();

      // Told apart by the name that they call the store by.
      const { endpoint } = s3;
      const others = { ...env, S3_ENDPOINT: endpoint.replace('127.0.0.1', 'localhost') };
      const before = s3.requests.length;
      await using second = world.spawn(['run'], others);
      if (moment.isAtWork === true) {
        database.download = { bytesPerSecond: 2 * MiB };
        await second.event('archive.started');
      } else {
        expect((await second.finished()).code).toBe(0);
      }
      expect(changesOf(s3, '127.0.0.1', before).map(shown), 'of what was under way').toEqual([]);
      const goesOn = s3.requests.length;
      first.kill('SIGCONT');
      await writeFile(join(folder, 'over'), '');
      const frozen = await first.finished();
      await rm(folder, { recursive: true });
      expect(changesOf(s3, '127.0.0.1', goesOn).map(shown)).toEqual([]);
      expect(moment.isLast === true ? [0, 1] : [1], frozen.stdout).toContain(frozen.code);
      const finished = await second.finished();
      expect(finished.code, finished.stdout).toBe(0);
      world.expectNoSecret(frozen, env);

      // One archive of the one backup, and of the others as many as the policy keeps.
      expect(database.backups).toHaveLength(1);
      const manifests = await world.manifests();
      expect(manifests.map(({ backupId }) => backupId).sort()).toEqual(
        [database.newestBackup.id, 'night-400'].sort(),
      );
      expect(await world.keys()).toHaveLength(4);
      expect(await world.unfinishedUploads()).toEqual([]);
      expect(await world.leases()).toEqual([]);
      const [manifest] = manifests.filter(({ backupId }) => backupId === database.newestBackup.id);
      await world.expectStored(manifest, archive);
    },
  );
});

/** What a process has changed since a request: parts apart, of which the same bytes may be sent twice. */
function changesOf(s3: SimulatedS3, host: string, since: number): RecordedRequest[] {
  return s3.requests
    .slice(since)
    .filter(({ headers }) => headers.host?.startsWith(host) === true)
    .filter(({ method, operation }) => !['GET', 'HEAD'].includes(method) && operation !== 'UploadPart')
    .filter(({ status }) => status === undefined || status < 300);
}

function shown({ operation, key, status }: RecordedRequest): string {
  return `${operation} ${key} ${status}`;
}
