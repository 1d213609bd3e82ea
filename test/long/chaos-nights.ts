import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { archiveDigest } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import type { Random } from '../../src/ports/clock.ts';
import { type SandboxWorld, startSandboxWorld } from '../e2e/sandbox-world.ts';
import { NO_RULES } from '../retention/golden-table.ts';
import { naivelyKept } from '../retention/naive-policy.ts';
import type { ArchiverProcess, Finished } from '../support/archiver-process.ts';

const DAY = 86_400_000;
const SHIFTED = fileURLToPath(new URL('../e2e/fixtures/shifted-clock.ts', import.meta.url));
const POLICY = { ...NO_RULES, keepLast: 3, keepDaily: 4, keepWeekly: 3 };
const RETENTION = { RETENTION_KEEP_LAST: '3', RETENTION_KEEP_DAILY: '4', RETENTION_KEEP_WEEKLY: '3' };
const KEY = /shop\/.*_([0-9a-f]{24})\.(tar\.gz|manifest\.json)$/;
/** The last words of a run that a signal stops. */
const CLOSING = /^(?:shutdown\.|run\.interrupted|archive\.interrupted)/;

export type Signal = 'SIGKILL' | 'SIGTERM';

/** What was archived once: the backups of manifests that were seen. */
interface Seen {
  readonly backupId: string;
  readonly createdAt: Date;
}

/**
 * One database over many nights, whose runs are killed, on clocks of all sides that move on by days. It keeps a
 * list of its own of what was ever archived, and holds the bucket against it.
 */
export class ChaosNights implements AsyncDisposable {
  slots = 0;
  /** Runs that a signal ended, by the last event before. */
  readonly #ended = new Map<string, number>();
  readonly #sandbox: SandboxWorld;
  readonly #database: SimulatedDatabase;
  readonly #clock: { ahead: number };
  readonly #random: Random;
  readonly #archived = new Map<string, Seen>();
  readonly #digests = new Map<string, string>();
  #since = '';

  private constructor(
    sandbox: SandboxWorld,
    database: SimulatedDatabase,
    clock: { ahead: number },
    random: Random,
  ) {
    this.#sandbox = sandbox;
    this.#database = database;
    this.#clock = clock;
    this.#random = random;
  }

  static async open(random: Random, range: 'honour' | 'ignore'): Promise<ChaosNights> {
    const clock = { ahead: 0 };
    const now = () => Date.now() + clock.ahead;
    const sandbox = await startSandboxWorld(
      { now: () => new Date(now()), signatureTime: 'now' },
      { clock: { now } },
    );
    const archive = (n: number) => syntheticArchive({ size: 6_000_000 + n, seed: `chaos ${n}` });
    const database = sandbox.world.scalingo.addDatabase({ app: 'shop', archive, manualLimit: 50 });
    database.download = { range };
    return new ChaosNights(sandbox, database, clock, random);
  }

  /** One to three days later. */
  nextSlot(): void {
    this.#clock.ahead += (1 + Math.floor(3 * this.#random())) * DAY;
    this.slots += 1;
    this.#since = new Date(Date.now() + this.#clock.ahead).toISOString();
  }

  /**
   * Starts the slot's run, and ends it so long after its first request.
   * @returns false where it had come to its end
   */
  async kill(signal: Signal, afterMs: number): Promise<boolean> {
    await using program = this.#start();
    await this.#firstRequest();
    await Promise.race([elapse(afterMs), program.finished()]);
    program.kill(signal);
    const finished = await program.finished();
    const { code, stdout } = finished;
    const isAtWork = ['run.started', 'run.completed'].map((name) =>
      finished.events.some(({ event }) => event === name),
    );
    // Before it takes over the signal, and once all is done, SIGTERM ends it as it does any process.
    const ends = signal === 'SIGTERM' && isAtWork[0] && !isAtWork[1] ? [143] : [null, 0, 143];
    expect(ends, stdout).toContain(code);
    this.#sandbox.world.expectNoSecret(finished);
    const isCut = code !== 0 && isAtWork[1] !== true;
    if (isCut) {
      const { event } = finished.events.findLast((line) => !CLOSING.test(line.event)) ?? { event: 'nothing' };
      this.#ended.set(event, (this.#ended.get(event) ?? 0) + 1);
    }
    await this.#check();
    return isCut;
  }

  /** Lets the slot's run come to its end: whatever was left of those before, it heals. @returns milliseconds since its first request */
  async finish(): Promise<number> {
    await using program = this.#start();
    await this.#firstRequest();
    const begun = performance.now();
    const finished: Finished = await program.finished();
    const took = performance.now() - begun;
    expect(finished.code, finished.stdout).toBe(0);
    this.#sandbox.world.expectNoSecret(finished);
    await this.#check();
    const { objects, manifests } = this.#stored();
    expect([...objects.keys()].sort(), 'objects have manifests').toEqual([...manifests.keys()].sort());
    expect(this.#sandbox.s3.uploads(), 'unfinished uploads').toEqual([]);
    expect(await this.#sandbox.world.leases()).toEqual([]);
    const kept = naivelyKept([...this.#archived.values()], POLICY);
    expect([...manifests.keys()].sort(), 'what the policy keeps').toEqual(
      [...kept].map(({ backupId }) => backupId).sort(),
    );
    expect(this.#sandbox.world.scalingo.count('create'), 'one backup a slot').toBe(this.slots);
    expect(this.#archived.size, 'one archive a slot').toBe(this.slots);
    return took;
  }

  /** How often each event was the last one before the signal, the most frequent first. */
  endedAfter(): string {
    const counts = [...this.#ended].sort(([, a], [, b]) => b - a);
    return counts.map(([event, count]) => `${event} ${count}`).join(', ');
  }

  /** What must hold at any time. */
  async #check(): Promise<void> {
    const { objects, manifests } = this.#stored();
    for (const [backupId, key] of manifests) {
      const backup = this.#database.backup(backupId);
      if (!this.#archived.has(backupId) && backup !== undefined) {
        this.#archived.set(backupId, { backupId, createdAt: new Date(backup.createdAt) });
        this.#digests.set(backupId, await archiveDigest(backup.archive));
      }
      const path = this.#sandbox.s3.object(objects.get(backupId) ?? '')?.path;
      expect(path, `the object of ${key}`).toBeDefined();
      expect(await digestOf(path ?? ''), key).toBe(this.#digests.get(backupId));
    }
    // Of all that was ever archived, since each that has gone was no longer kept by then.
    const kept = naivelyKept([...this.#archived.values()], POLICY);
    for (const { backupId } of kept)
      expect([...manifests.keys()], 'what the policy keeps').toContain(backupId);
    expect(this.#sandbox.world.scalingo.count('create')).toBeLessThanOrEqual(this.slots);
    const uploads = this.#sandbox.s3.uploads().filter(({ key }) => KEY.test(key));
    expect(uploads.length, 'uploads do not pile up').toBeLessThanOrEqual(2);
  }

  #stored(): { objects: Map<string, string>; manifests: Map<string, string> } {
    const of = (kind: string) =>
      new Map(
        this.#sandbox.s3
          .keys()
          .map((key) => KEY.exec(key))
          .filter((match) => match?.[2] === kind)
          .map((match) => [match?.[1] ?? '', match?.input ?? '']),
      );
    return { objects: of('tar.gz'), manifests: of('manifest.json') };
  }

  #start(): ArchiverProcess {
    const { world } = this.#sandbox;
    const env = world.environment(this.#database, {
      ...RETENTION,
      S3_PART_SIZE: '5MiB',
      ARCHIVER_SINCE: this.#since,
      CLOCK_AHEAD: String(this.#clock.ahead),
    });
    return world.spawn(['run'], env, ['--import', SHIFTED]);
  }

  /** The store's: the program asks it first. */
  #firstRequest(): Promise<unknown> {
    const { s3 } = this.#sandbox;
    return s3.seen({}, s3.requests.length + 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sandbox[Symbol.asyncDispose]();
  }
}

function elapse(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
