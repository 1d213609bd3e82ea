import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ArchiveSource } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import type { Random } from '../../src/ports/clock.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts';

const MiB = 2 ** 20;
const PART = 5 * MiB;
const CONCURRENCY = 4;
const ENV = { S3_PART_SIZE: '5MiB', S3_CONCURRENCY: String(CONCURRENCY) };
/** Of each connection: slow beside what the program could do, so that parts are on their way at any moment. */
const BYTES_PER_SECOND = 12 * MiB;

type Signal = 'SIGKILL' | 'SIGTERM';

export interface KilledAnywhereOptions {
  /** How often a copy in parallel is killed, and of how many parts it is. */
  readonly parallel: { readonly kills: number; readonly parts: number };
  /** How often a stream is killed, which is read from its beginning each time, and of how many bytes it is. */
  readonly stream: { readonly kills: number; readonly size: number };
  /** Milliseconds for each of the four copies. */
  readonly timeout: number;
  /** Of all that is random; each failure names it. Default: another one in each run. */
  readonly seed?: number;
}

/**
 * The real process, killed at random moments of one copy and started again until it is done. Moments are counted
 * in bytes that the source has served and in requests to the store, and so lie where they would by the clock, but
 * for the machine's own speed.
 */
export function killedAnywhereSuite({
  parallel,
  stream,
  timeout,
  seed = randomInt(2 ** 31),
}: KilledAnywhereOptions): void {
  describe.concurrent.each<Signal>(['SIGKILL', 'SIGTERM'])(
    'a copy that %s ends again and again',
    (signal) => {
      it(
        `${parallel.kills} times, in parallel: it comes to its end once, for at most the parts in flight each`,
        { timeout },
        () =>
          named(seed, async (random) => {
            const size = parallel.parts * PART - 4321;
            const killed = await KilledCopy.start({ size, signal, random, isStream: false });
            await using _ = killed.sandbox;
            await killed.kill(parallel.kills);
            await killed.expectDone();
            const twice = killed.served - size;
            const fifths = [0, 1, 2, 3, 4].map(
              (fifth) =>
                killed.storedAtKill.filter((bytes) => Math.floor((5 * bytes) / size) === fifth).length,
            );
            process.stdout.write(
              `figure: ${parallel.kills} × ${signal} in a copy of ${parallel.parts} parts of 5 MiB: ` +
                `${(twice / parallel.kills / PART).toFixed(2)} parts downloaded twice a kill; kills by fifths of it: ${fifths.join(' ')}\n`,
            );
            // Those in flight, and the one that the next start reads again, to know the source by it.
            expect(twice).toBeLessThanOrEqual(parallel.kills * (CONCURRENCY + 1) * PART);
            if (parallel.kills < 20) return;
            // On the average of many. And kills that all fell upon the same stretch would show little.
            expect(twice).toBeLessThanOrEqual(parallel.kills * CONCURRENCY * PART);
            expect(Math.min(...fifths)).toBeGreaterThan(0);
          }),
      );

      it(`${stream.kills} times, as a stream: it comes to its end once it may`, { timeout }, () =>
        named(seed + 1, async (random) => {
          const { size } = stream;
          const killed = await KilledCopy.start({ size, signal, random, isStream: true });
          await using _ = killed.sandbox;
          // Its own, and one that tells whose backup it is: what was killed does not pile up.
          await killed.kill(stream.kills, () => expect(killed.uploads()).toBeLessThanOrEqual(2));
          await killed.expectDone();
        }),
      );
    },
  );
}

/** A failure is of no use without the seed. */
async function named(seed: number, work: (random: Random) => Promise<void>): Promise<void> {
  try {
    await work(seededRandom(seed));
  } catch (cause) {
    throw new Error(`with seed ${seed}: ${String(cause)}`, { cause });
  }
}

interface KilledCopyOptions {
  readonly size: number;
  readonly signal: Signal;
  readonly random: Random;
  readonly isStream: boolean;
}

class KilledCopy {
  readonly sandbox: SandboxWorld;
  readonly storedAtKill: number[] = [];
  readonly #options: KilledCopyOptions;
  readonly #archive: ArchiveSource;
  readonly #env: Record<string, string>;

  private constructor(sandbox: SandboxWorld, options: KilledCopyOptions) {
    const { size, isStream } = options;
    this.sandbox = sandbox;
    this.#options = options;
    this.#archive = syntheticArchive({ size, seed: `killed ${size}` });
    const { world } = sandbox;
    const database = world.scalingo.addDatabase({ app: 'shop', archive: this.#archive });
    database.download = { range: isStream ? 'ignore' : 'honour', bytesPerSecond: BYTES_PER_SECOND };
    this.#env = world.environment(database, ENV);
  }

  static async start(options: KilledCopyOptions): Promise<KilledCopy> {
    return new KilledCopy(await startSandboxWorld(), options);
  }

  /** Bytes of the archive that the source has handed out. */
  get served(): number {
    return this.sandbox.world.scalingo.served.total;
  }

  /** Unfinished uploads of archives, the probe's apart. */
  uploads(): number {
    return this.sandbox.s3.uploads().filter(({ key }) => !key.includes('write-probe')).length;
  }

  /** Kills it so often, at places spread over the whole by chance, the first of them first. */
  async kill(times: number, check: () => void = () => {}): Promise<void> {
    const { size, random } = this.#options;
    const places = Array.from({ length: times }, () => random() * (size - PART)).sort((a, b) => a - b);
    for (const place of places) {
      await this.#killOnce(place);
      check();
    }
  }

  /** Starts the program, and kills it before it can have come to its end. */
  async #killOnce(place: number): Promise<void> {
    const { world } = this.sandbox;
    const { reached, name } = this.#moment(place);
    await using program = world.spawn(['run'], this.#env);
    const first = await Promise.race([reached.then(() => 'reached'), program.finished()]);
    if (typeof first === 'object') {
      throw new Error(`it ended by itself before ${name}:\n${first.stdout}${first.stderr}`);
    }
    program.kill(this.#options.signal);
    const finished = await program.finished();
    expect(finished.code, `${name}:\n${finished.stdout}`).toBe(
      this.#options.signal === 'SIGKILL' ? null : 143,
    );
    world.expectNoSecret(finished, this.#env);
    this.storedAtKill.push(storedBytes(this.sandbox.s3));
  }

  /** Lets it come to its end: one object of the right bytes, of one backup, and nothing beside it. */
  async expectDone(): Promise<void> {
    const { world, s3 } = this.sandbox;
    const finished = await world.run(['run'], this.#env);
    expect(finished.code, finished.stdout).toBe(0);
    expect(world.scalingo.count('create')).toBe(1);
    await world.expectOnlyArchive(this.#archive);
    expect(s3.uploads()).toEqual([]);
    expect(s3.keys().filter((key) => key.includes('.locks/'))).toEqual([]);
  }

  /**
   * One in five by the requests to the store. The others by what is served: enough to reach a place of the archive,
   * and by chance a part's bytes for each connection more, but never all that is missing.
   */
  #moment(place: number): { reached: Promise<unknown>; name: string } {
    const { s3, world } = this.sandbox;
    const { size, random, isStream } = this.#options;
    const stored = isStream ? 0 : storedBytes(s3);
    // Too few requests for what is missing, even if all of them were parts.
    if (random() < 0.2 && size - stored > 16 * PART) {
      const requests = 1 + Math.floor(random() * 15);
      return {
        reached: s3.seen({}, s3.requests.length + requests),
        name: `request ${requests} to the store`,
      };
    }
    const wanted = isStream ? place : Math.max(place - stored, 0) + random() * CONCURRENCY * PART;
    // Parts of the one before may be stored while this one starts.
    const certain = size - stored - (isStream ? 1 : CONCURRENCY + 1) * PART;
    const bytes = 1 + Math.floor(Math.max(Math.min(wanted, certain), 0));
    const { served } = world.scalingo;
    return { reached: served.reached(served.total + bytes), name: `byte ${bytes}` };
  }
}

/** Of the upload that has most. */
function storedBytes(s3: SimulatedS3): number {
  const sizes = s3.uploads().map(({ parts }) => parts.reduce((sum, { size }) => sum + size, 0));
  return Math.max(0, ...sizes);
}
