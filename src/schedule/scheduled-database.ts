import type { Clock, Random } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Slots } from './slots.ts';

/** Why a run of a database begins. */
export type Trigger = 'schedule' | 'catch-up' | 'start' | 'retry';

/** What a run is begun with. */
export interface RunOrder {
  readonly trigger: Trigger;
  /** When the first run of the slot began. Milliseconds since the epoch. */
  readonly slotBegan: number;
  /** A database that has an archive made at this time or later is done. Milliseconds since the epoch. */
  readonly since: number;
}

/** How a run ended for its schedule; `may-pass`: it failed, and begun later it may do better; `settled`: any other. */
export type RunEnd = 'archived' | 'may-pass' | 'settled';

/**
 * `archivedAt` of the newest archive, in milliseconds since the epoch; `begun`: there is none, but what a run has left
 * that was cut short; `undefined`: nothing of this database was ever archived.
 */
export type LastArchived = number | 'begun' | undefined;

export interface ScheduledDatabase {
  readonly name: string;
  readonly slots: Slots;
  /** Milliseconds: each slot starts up to this much later, though never after the next one. */
  readonly jitter: number;
  readonly runOnStart: boolean;
  readonly catchUp: boolean;
  /** Milliseconds until a slot is tried again that failed by what may pass; 0: never. */
  readonly retryAfter: number;
  /** One run; it logs its own failures and never throws. */
  readonly run: (order: RunOrder, signal: AbortSignal) => Promise<RunEnd>;
  /** What the bucket knows of earlier runs. */
  readonly newestArchivedAt: (signal: AbortSignal) => Promise<LastArchived>;
}

export interface ScheduleContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: EventLog;
}
