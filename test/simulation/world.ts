import type { Random } from '../../src/ports/clock.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { RetentionPolicy } from '../../src/retention/retention-policy.ts';
import type { BackupMode } from '../../src/run/choose-work.ts';
import type { JobSettings } from '../../src/run/database-job.ts';
import { Slots } from '../../src/schedule/slots.ts';
import { KEEP_ALL, SETTINGS } from '../support/database-job.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { Archiver, type ArchiverSpec } from './archiver.ts';
import { type HeldBackup, MemoryAccount } from './memory-account.ts';
import { MemoryBucket, type Vouching } from './memory-bucket.ts';
import type { MemoryStoreOptions } from './memory-store.ts';
import { Model } from './model.ts';
import { keptBy } from './oracle.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { VirtualTime } from './virtual-time.ts';
import { CALM, drawWeather, type Weather } from './weather.ts';
import type { PortCall } from './wire.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** By which a clock is set in mid-run at most, forward or back. */
const LONGEST_STEP = 30 * MINUTE;
/** Lines of the story that are kept for a failure. */
const REMEMBERED = 400;

/** Where the days are cut: far from every slot. */
const NOON = 12 * HOUR;
const STARTS = ['2026-01-05', '2026-03-20', '2026-10-15', '2027-12-20', '2028-02-20'].map(
  (day) => Date.parse(day) + NOON,
);
const SCHEDULES = [
  ['0 3 * * *', 'UTC'],
  ['30 2 * * *', 'Europe/Paris'],
  ['0 1 * * *', 'America/New_York'],
] as const;
const ZONES = ['UTC', 'Europe/Paris', 'America/New_York'];

export interface SimulatedDatabase {
  readonly name: string;
  readonly mode: BackupMode;
  /** Milliseconds. */
  readonly reuseWithin: number;
  readonly policy: RetentionPolicy;
  readonly slots: Slots;
  readonly account: MemoryAccount;
  /** Whether the source makes backups of its own, each night. */
  readonly isPeriodic: boolean;
}

export interface WorldOptions {
  readonly seed: number;
  readonly nights: number;
  /** Is given each line of the story. */
  readonly onLine?: (line: string) => void;
}

/** What came of one world. */
export interface Chronicle {
  readonly seed: number;
  readonly nights: number;
  readonly runs: number;
  /** Runs that met no fault, which are held to all that a run promises. */
  readonly undisturbed: number;
  readonly kills: number;
  readonly disturbances: number;
  readonly clocksSet: number;
  readonly archives: number;
  /** Of everything that happened, in its order. */
  readonly digest: number;
  readonly failure: { readonly message: string; readonly story: readonly string[] } | undefined;
}

/** Some archivers, their databases and one bucket, through whole months, as one seed decides it. */
export class World {
  readonly time: VirtualTime;
  readonly bucket: MemoryBucket;
  readonly model: Model;
  readonly databases: readonly SimulatedDatabase[];
  readonly storeOptions: MemoryStoreOptions;
  readonly settings: JobSettings;
  readonly archivers: readonly Archiver[];
  weather: Weather = CALM;
  disturbances = 0;
  lastDisturbed = 0;
  clocksSet = 0;
  /** Runs that met nothing. */
  undisturbed = 0;
  readonly #options: WorldOptions;
  readonly #bytes = new Map<string, Buffer>();
  readonly #story: (() => string)[] = [];
  #processes: SimulatedProcess[] = [];
  #failure: string | undefined;
  #count = 0;
  #runs = 0;
  #kills = 0;
  #digest = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    const random = seededRandom(options.seed);
    const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
    this.time = new VirtualTime(pick(STARTS), random);
    const now = () => this.time.now;
    const vouching = random() < 0.9 ? pick<Vouching>(['full-object', 'composite', 'md5']) : 'nothing';
    this.bucket = new MemoryBucket(vouching, now);
    this.model = new Model(this);
    this.bucket.watch = this.model;
    this.storeOptions = {
      partSize: pick([32, 50, 1000]),
      streamPartSize: pick([40, 60]),
      concurrency: pick([1, 2, 3]),
      canReadBack: vouching === 'nothing' || random() < 0.9,
    };
    this.settings = {
      ...SETTINGS,
      pollInterval: pick([15, 30, 60]) * SECOND,
      maxAttempts: pick([3, 8]),
      // The sizes of its archives are those of chance: none is suspicious.
      sizeDrop: 1,
    };
    const schedule = pick(SCHEDULES);
    const mode = random() < 0.7 ? 'create' : pick<BackupMode>(['latest', 'mirror']);
    const account = {
      hasRanges: random() < 0.8,
      hasContentTag: random() < 0.9,
      listLag: pick([0, 0, 2_000]),
      failing: pick([0, 0, 0.05]),
      manualKept: pick([10, 10, 3]),
      longest: pick([2 * MINUTE, 2 * MINUTE, 10 * MINUTE, 60 * MINUTE]),
    };
    this.databases = ['shop', 'wiki'].slice(0, random() < 0.8 ? 1 : 2).map((name) => ({
      name,
      mode,
      reuseWithin: pick([0, HOUR, HOUR, 3 * HOUR]),
      policy: drawPolicy(random),
      slots: slotsOf(schedule),
      account: new MemoryAccount(name, account, now, random),
      isPeriodic: mode !== 'create' || random() < 0.3,
    }));
    const count = pick([1, 1, 1, 2, 2, 3]);
    this.archivers = Array.from(
      { length: count },
      (_, index) => new Archiver(this, `archiver-${index}`, drawArchiver(random)),
    );
  }

  /** Lets it live until its nights are over, or something does not hold. */
  async live(): Promise<Chronicle> {
    const { random } = this.time;
    const { nights } = this.#options;
    for (const archiver of this.archivers)
      this.time.at(this.time.now + random() * HOUR, () => archiver.start());
    for (let night = 1; night <= nights && this.#failure === undefined; night++) {
      await this.#day(night === nights);
    }
    const failure = this.#failure === undefined ? undefined : { message: this.#failure, story: this.#told() };
    return {
      seed: this.#options.seed,
      nights,
      runs: this.#runs,
      undisturbed: this.undisturbed,
      kills: this.#kills,
      disturbances: this.disturbances,
      clocksSet: this.clocksSet,
      archives: this.bucket.manifests.size,
      digest: this.#digest,
      failure,
    };
  }

  /** From noon to noon. */
  async #day(isLast: boolean): Promise<void> {
    const { time } = this;
    const begun = time.now;
    const slot = this.databases[0]?.slots.next(begun) ?? begun;
    this.weather = isLast ? CALM : drawWeather(time.random, slot);
    const disturbancesBefore = this.disturbances;
    this.#mayTerminate(slot);
    this.#maySetClocks(slot);
    for (const database of this.databases) this.#backupsOfOthers(database, begun, slot);
    const isBusy = () => this.#processes.some((process) => process.isComputing);
    await time.runUntil(begun + DAY, isBusy, () => this.#failure !== undefined);
    this.#processes = this.#processes.filter((process) => process.isAlive);
    const isCalm = disturbancesBefore === this.disturbances && begun - this.lastDisturbed > 2 * MINUTE;
    const isUp = this.archivers.some(({ spec, upSince }) => spec.kind === 'cronjob' || upSince < slot - HOUR);
    if (isCalm && isUp && this.#failure === undefined) this.#checkNight(slot, begun);
  }

  /** A calm night with an archiver that was up brings an archive of what there was. */
  #checkNight(slot: number, begun: number): void {
    for (const { name, mode, account, policy } of this.databases) {
      if (account.backups.some(({ createdAt, end }) => end === 'error' && createdAt >= begun - DAY)) continue;
      const { archives } = this.bucket.list(name);
      if (mode === 'create') {
        const isThere = [...this.bucket.manifests.values()].some(
          ({ archive, at }) => archive.database === name && at >= slot - 2 * MINUTE,
        );
        if (!isThere) this.fail(`lost: a calm night of ${name} brought no archive`);
        continue;
      }
      const newest = account.backups.find(
        (backup) => backup.readyAt < slot && account.statusOf(backup) === 'done',
      );
      if (newest === undefined || archives.some(({ backupId }) => backupId === newest.id)) continue;
      const dated = { backupId: newest.id, createdAt: new Date(newest.createdAt) };
      if (keptBy([...archives, dated], policy, this.time.now).has(newest.id))
        this.fail(`lost: a calm night of ${name} did not bring ${newest.id}`);
    }
  }

  #mayTerminate(slot: number): void {
    const { time } = this;
    if (this.weather === CALM || time.random() > 0.2) return;
    const at = slot + time.random() * 5 * MINUTE;
    for (const archiver of this.archivers) if (time.random() < 0.6) time.at(at, () => archiver.terminate());
  }

  /** Sets clocks while runs are at work, and back again. */
  #maySetClocks(slot: number): void {
    const { time } = this;
    const { random } = time;
    for (const archiver of this.archivers) {
      if (random() > 0.3) continue;
      const by = (random() - 0.5) * 2 * LONGEST_STEP;
      const at = slot + random() * 5 * MINUTE;
      time.at(at, () => archiver.setClock(by));
      time.at(at + random() * 20 * MINUTE, () => archiver.setClock(-by));
    }
  }

  #backupsOfOthers({ isPeriodic, account }: SimulatedDatabase, begun: number, slot: number): void {
    const { time } = this;
    const make = (method: HeldBackup['method']) => () => {
      if (!account.isMaking) this.remember(account.make(method, false));
    };
    if (isPeriodic) time.at(slot - HOUR - time.random() * HOUR, make('periodic'));
    if (time.random() < 0.03) time.at(begun + time.random() * DAY, make('manual'));
  }

  /** Something that must hold does not. The first counts. */
  fail(message: string): void {
    this.#failure ??= message;
    this.#line(() => `!! ${message}`);
  }

  disturb(): void {
    this.disturbances += 1;
    this.lastDisturbed = this.time.now;
  }

  started(process: SimulatedProcess): void {
    this.#processes.push(process);
    const restart = process.kill.bind(process);
    process.kill = () => {
      if (process.isAlive) this.#kills += 1;
      restart();
    };
  }

  fresh(what: string): string {
    this.#count += 1;
    if (what === 'run') this.#runs += 1;
    return `${what}-${this.#count}`;
  }

  remember({ id, bytes }: HeldBackup): void {
    this.#bytes.set(id, bytes);
  }

  /** The bytes of a backup, whether the source still knows it or not. */
  bytesOf(backupId: string): Buffer | undefined {
    return this.#bytes.get(backupId);
  }

  note(
    { name: process }: SimulatedProcess,
    { side, name, database }: PortCall,
    fate: string | undefined,
  ): void {
    const { now } = this.time;
    this.#digest = (Math.imul(this.#digest, 31) + Math.floor(now) + name.length) | 0;
    this.#line(
      () => `${iso(now)} ${process} ${side}.${name} ${database}${fate === undefined ? '' : ` (${fate})`}`,
    );
  }

  /** A line of the story about what happens to a machine. */
  say(what: string): void {
    const { now } = this.time;
    this.#line(() => `${iso(now)} ${what}`);
  }

  /** A log whose events are lines of the story. */
  logOf({ name: process }: SimulatedProcess): EventLog {
    const emit = (event: string, fields: Readonly<Record<string, unknown>>) => {
      const { now } = this.time;
      this.#line(() => `${iso(now)} ${process} -- ${event} ${JSON.stringify(fields).slice(0, 200)}`);
    };
    const log = { debug: emit, info: emit, warn: emit, error: emit, fatal: emit, child: () => log };
    return log as unknown as EventLog;
  }

  #line(text: () => string): void {
    this.#options.onLine?.(text());
    this.#story.push(text);
    if (this.#story.length > 2 * REMEMBERED) this.#story.splice(0, REMEMBERED);
  }

  #told(): string[] {
    return this.#story.slice(-REMEMBERED).map((line) => line());
  }
}

const slotsByText = new Map<string, Slots>();

/** One for each pattern: croner keeps 100 KiB for each. */
function slotsOf([pattern, timezone]: (typeof SCHEDULES)[number]): Slots {
  const text = `${pattern} ${timezone}`;
  const slots = slotsByText.get(text) ?? new Slots(pattern, timezone);
  slotsByText.set(text, slots);
  return slots;
}

function drawPolicy(random: Random): RetentionPolicy {
  const count = (most: number) => (random() < 0.5 ? 0 : 1 + Math.floor(random() * most));
  if (random() < 0.1) return KEEP_ALL;
  const timezone = ZONES[Math.floor(random() * ZONES.length)] ?? 'UTC';
  return {
    keepLast: count(4),
    keepDaily: count(7),
    keepWeekly: count(3),
    keepMonthly: count(2),
    keepYearly: random() < 0.1 ? 1 : 0,
    keepWithin: timezone === 'UTC' && random() < 0.3 ? `${1 + Math.floor(random() * 9)}d` : undefined,
    minKeep: 1 + Math.floor(random() * 3),
    timezone,
  };
}

function drawArchiver(random: Random): ArchiverSpec {
  return {
    kind: random() < 0.7 ? 'daemon' : 'cronjob',
    skew: random() < 0.7 ? 0 : (random() - 0.5) * 2 * MINUTE,
    jitter: random() < 0.5 ? 0 : 10 * MINUTE,
    sharesProcesses: random() < 0.5,
    usesSince: random() < 0.5,
    concurrency: random() < 0.5 ? 1 : 2,
  };
}

function iso(time: number): string {
  return new Date(time).toISOString().slice(5, 23);
}
