import { Cron } from 'croner';

/**
 * The times of a cron pattern in a time zone, as milliseconds since the epoch. Only croner's calendar is
 * used: its own timers know neither our clock nor our drain. A time that a clock change skips fires once,
 * at the instant it is moved to; one that is doubled fires once, the first time.
 */
export class Slots {
  readonly #cron: Cron;

  /** @param pattern validated by the configuration */
  constructor(pattern: string, timezone: string) {
    this.#cron = new Cron(pattern, { timezone, paused: true });
  }

  /** The first slot after `time`; `undefined` where the pattern never fires again. */
  next(time: number): number | undefined {
    return this.#cron.nextRun(new Date(time))?.getTime();
  }

  /** The last slot at or before `time`. */
  latest(time: number): number | undefined {
    // Slots are whole seconds, and croner looks strictly before its reference.
    const after = new Date(Math.floor(time / 1000) * 1000 + 1000);
    return this.#cron.previousRuns(1, after)[0]?.getTime();
  }
}
