import type { Clock, Random } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Slots } from './slots.ts';

/** Why a run of a database begins. */
export type Trigger = 'schedule' | 'catch-up' | 'start';

export interface ScheduledDatabase {
  readonly name: string;
  readonly slots: Slots;
  /** Milliseconds: each slot starts up to this much later, though never after the next one. */
  readonly jitter: number;
  readonly runOnStart: boolean;
  readonly catchUp: boolean;
  /** One run; it logs its own failures and never throws. */
  readonly run: (trigger: Trigger, signal: AbortSignal) => Promise<void>;
  /** `archivedAt` of the newest archive, in milliseconds; `undefined` where there is none. */
  readonly newestArchivedAt: (signal: AbortSignal) => Promise<number | undefined>;
}

export interface ScheduleContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: EventLog;
}
