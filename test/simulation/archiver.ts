import { Semaphore } from '../../src/concurrency/semaphore.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { DatabaseJob } from '../../src/run/database-job.ts';
import { runAll } from '../../src/run/run-all.ts';
import { keepSchedule } from '../../src/schedule/keep-schedule.ts';
import { newestArchivedAt } from '../../src/schedule/newest-archived-at.ts';
import type { RunEnd, ScheduledDatabase } from '../../src/schedule/scheduled-database.ts';
import { jobOf } from '../support/database-job.ts';
import { FaultyWire } from './faulty-wire.ts';
import { MemorySource } from './memory-source.ts';
import { MemoryStore } from './memory-store.ts';
import type { RunFacts } from './model.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { runAs } from './virtual-timers.ts';
import type { SimulatedDatabase, World } from './world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** What a container platform waits after SIGTERM. */
const GRACE = 30_000;

export interface ArchiverSpec {
  readonly kind: 'daemon' | 'cronjob';
  /** Milliseconds that its clock is ahead at first. */
  readonly skew: number;
  readonly jitter: number;
  /** Whether a restarted process sees that its predecessor is gone. */
  readonly sharesProcesses: boolean;
  /** Of a cronjob: whether its runs are done where there is an archive since the slot. */
  readonly usesSince: boolean;
  readonly concurrency: number;
}

interface Started {
  readonly process: SimulatedProcess;
  readonly pid: number;
  readonly log: EventLog;
}

/** An archiver that is started again whenever it dies: the program's own loops, over the ports in memory. */
export class Archiver {
  readonly #world: World;
  readonly #name: string;
  readonly spec: ArchiverSpec;
  readonly #pids = new Map<number, SimulatedProcess>();
  #pid = 0;
  /** Milliseconds that the clock of its machine is ahead. */
  #skew: number;
  /** Of a daemon: since when it is up. */
  upSince = Number.POSITIVE_INFINITY;
  #stopping: AbortController | undefined;

  constructor(world: World, name: string, spec: ArchiverSpec) {
    this.#world = world;
    this.#name = name;
    this.spec = spec;
    this.#skew = spec.skew;
  }

  start(): void {
    if (this.spec.kind === 'daemon') this.#startDaemon();
    else this.#awaitSlot();
  }

  /** SIGTERM, and SIGKILL after the time of grace. A daemon is started again. */
  terminate(): void {
    const stopping = this.#stopping;
    const process = this.#pids.get(this.#pid);
    if (stopping === undefined || process?.isAlive !== true) return;
    this.#world.disturb();
    const { time } = this.#world;
    process.deliver(time.now, 'response', () => runAs(process, () => stopping.abort(new Error('SIGTERM'))));
    time.at(time.now + GRACE, () => process.kill());
  }

  /** Sets the clock of its machine, back where `milliseconds` is negative. No fault: a run must not mind. */
  setClock(milliseconds: number): void {
    this.#skew += milliseconds;
    this.#world.clocksSet += 1;
    this.#pids.get(this.#pid)?.setClock(milliseconds);
    this.#world.say(`${this.#name}'s clock is set by ${Math.round(milliseconds / 1000)} s`);
  }

  #startDaemon(): void {
    const started = this.#spawn();
    const { process } = started;
    const { time, random, databases } = { ...this.#world, random: this.#world.time.random };
    this.upSince = time.now;
    const again = () => {
      this.upSince = Number.POSITIVE_INFINITY;
      this.#world.disturb();
      time.at(time.now + downtime(random), () => this.#startDaemon());
    };
    process.onKilled = again;
    const stopping = new AbortController();
    this.#stopping = stopping;
    const gate = new Semaphore(this.spec.concurrency);
    runAs(process, () => {
      const loops = databases.map((database) => this.#keepSchedule(started, database, gate, stopping.signal));
      Promise.all(loops).then(
        () => this.#world.fail(`lost: the schedule of ${this.#name} has ended`),
        (error: unknown) => {
          if (!stopping.signal.aborted)
            this.#world.fail(`lost: ${this.#name} ended by itself: ${String(error)}`);
        },
      );
      Promise.allSettled(loops).then(() => {
        if (!process.isAlive) return;
        process.exit();
        again();
      });
    });
  }

  #keepSchedule(
    started: Started,
    database: SimulatedDatabase,
    gate: Semaphore,
    signal: AbortSignal,
  ): Promise<void> {
    const { process, log } = started;
    const store = this.#store(process);
    const scheduled: ScheduledDatabase = {
      name: database.name,
      slots: database.slots,
      jitter: this.spec.jitter,
      runOnStart: false,
      catchUp: true,
      newestArchivedAt: (asked) => newestArchivedAt(store, database.name, asked),
      // Its model counts one run a slot.
      retryAfter: 0,
      run: (_order, running) =>
        gate.run(async (): Promise<RunEnd> => {
          await this.#run(started, [database], undefined, running);
          return 'settled';
        }, running),
    };
    const { random } = this.#world.time;
    return keepSchedule(scheduled, { clock: process.clock, random, log }, signal);
  }

  /** As a CronJob does: a process for each slot, started again a few times where it dies or fails. */
  #awaitSlot(): void {
    const { time, databases } = this.#world;
    const slot = databases[0]?.slots.next(time.now);
    if (slot === undefined) return;
    time.at(slot + 1000 + time.random() * this.spec.jitter, () => {
      this.#job(slot, 0);
      this.#awaitSlot();
    });
  }

  #job(slot: number, failures: number): void {
    const started = this.#spawn();
    const { process } = started;
    const { time, databases } = this.#world;
    const again = () => {
      if (failures >= 3) return;
      time.at(time.now + 10_000 * 2 ** failures, () => this.#job(slot, failures + 1));
    };
    process.onKilled = () => {
      this.#world.disturb();
      again();
    };
    const stopping = new AbortController();
    this.#stopping = stopping;
    const since = this.spec.usesSince ? new Date(slot) : undefined;
    runAs(process, () => {
      this.#run(started, databases, since, stopping.signal).then((failed) => {
        process.exit();
        if (failed) again();
      });
    });
  }

  #spawn(): Started {
    this.#pid += 1;
    const process = new SimulatedProcess(`${this.#name}.${this.#pid}`, this.#world.time, this.#skew);
    this.#pids.set(this.#pid, process);
    this.#pids.delete(this.#pid - 8);
    this.#world.started(process);
    return { process, pid: this.#pid, log: this.#world.logOf(process) };
  }

  #store(process: SimulatedProcess, run?: RunFacts): MemoryStore {
    return new MemoryStore(
      this.#world.bucket,
      new FaultyWire(this.#world, process, run),
      this.#world.storeOptions,
    );
  }

  /** @returns whether anything failed */
  async #run(
    started: Started,
    databases: readonly SimulatedDatabase[],
    since: Date | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { process, log } = started;
    const runId = this.#world.fresh('run');
    const runs = databases.map((database) => this.#world.model.begin(runId, process, database, since));
    const jobs = runs.map((run) => this.#jobOf(started, runId, run));
    const summary = await runAll(jobs, this.spec.concurrency, { clock: process.clock, log }, signal);
    for (const [index, run] of runs.entries()) this.#world.model.end(run, summary.outcomes[index]);
    return summary.failed + summary.interrupted > 0;
  }

  #jobOf({ process, pid, log }: Started, runId: string, run: RunFacts): DatabaseJob {
    const { database, since } = run;
    const wire = new FaultyWire(this.#world, process, run);
    const source = new MemorySource(database.name, database.account, wire, (made) => {
      this.#world.remember(made);
      this.#world.model.backupCreated(run, made);
    });
    const store = this.#store(process, run);
    return jobOf({
      name: database.name,
      app: database.name,
      sourceId: `source-of-${database.name}`,
      settings: { ...this.#world.settings, mode: database.mode, reuseWithin: database.reuseWithin, since },
      catalogue: source,
      reader: source,
      store,
      leases: store.leases,
      holder: {
        holder: runId,
        host: this.#name,
        pid,
        processTable: this.spec.sharesProcesses ? this.#name : null,
        isAlive: (other) => this.#pids.get(other)?.isAlive === true,
      },
      clock: process.clock,
      random: this.#world.time.random,
      log,
      retention: database.policy,
    });
  }
}

/** Mostly a moment, at times a day. */
function downtime(random: () => number): number {
  const kind = random();
  if (kind < 0.6) return 1000 + random() * MINUTE;
  return kind < 0.95 ? random() * 2 * HOUR : random() * 40 * HOUR;
}
