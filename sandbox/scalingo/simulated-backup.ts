import type { ArchiveSource } from '../archive/archive-source.ts';

/** How a backup comes to its end. */
export type Timeline =
  /** In flight for so many answers that show it (list or single), then at its outcome. Needs no clock. */
  | { readonly polls: number }
  /** One status per answer that shows it; the last one stays. Any word is allowed. */
  | { readonly statuses: readonly string[] }
  /** By the simulation's clock, in milliseconds. */
  | { readonly scheduledMs: number; readonly pendingMs?: number; readonly runningMs: number };

export type Outcome = 'done' | 'error' | 'cancelled';

export interface SimulatedBackupInit {
  readonly id: string;
  readonly name: string;
  readonly databaseId: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly method: 'manual' | 'periodic';
  readonly archive: ArchiveSource;
  readonly timeline: Timeline;
  readonly outcome: Outcome;
}

/** One backup. Tests may set its public fields at any time. */
export class SimulatedBackup {
  readonly id: string;
  readonly name: string;
  readonly databaseId: string;
  createdAt: number;
  method: 'manual' | 'periodic' | undefined;
  archive: ArchiveSource;
  /** Where the timeline ends. */
  outcome: Outcome;
  /** What the API says of a done backup's size; `undefined`: the truth. */
  reportedSize: number | null | undefined = undefined;
  readonly #timeline: Timeline;
  #fixed: string | undefined = undefined;
  #shown = 0;

  constructor(init: SimulatedBackupInit) {
    this.id = init.id;
    this.name = init.name;
    this.databaseId = init.databaseId;
    this.createdAt = init.createdAt;
    this.method = init.method;
    this.archive = init.archive;
    this.outcome = init.outcome;
    this.#timeline = init.timeline;
  }

  /** Fixes the status from now on, whatever the timeline says: any word. */
  setStatus(status: string): void {
    this.#fixed = status;
  }

  statusAt(now: number): string {
    if (this.#fixed !== undefined) return this.#fixed;
    const timeline = this.#timeline;
    if ('statuses' in timeline) {
      return timeline.statuses[Math.min(this.#shown, timeline.statuses.length - 1)] ?? this.outcome;
    }
    if ('polls' in timeline) {
      if (this.#shown >= timeline.polls) return this.outcome;
      return ['scheduled', 'pending'][this.#shown] ?? 'running';
    }
    const age = now - this.createdAt;
    const pendingFrom = timeline.scheduledMs;
    const runningFrom = pendingFrom + (timeline.pendingMs ?? 0);
    if (age < pendingFrom) return 'scheduled';
    if (age < runningFrom) return 'pending';
    return age < runningFrom + timeline.runningMs ? 'running' : this.outcome;
  }

  /** In flight: neither done, nor failed, nor cancelled. */
  isInFlight(now: number): boolean {
    return !['done', 'error', 'cancelled'].includes(this.statusAt(now));
  }

  /** The API's object, as https://developers.scalingo.com/databases/backups shows it. */
  describe(now: number): Record<string, unknown> {
    const status = this.statusAt(now);
    const scheduled = status === 'scheduled';
    const size = this.reportedSize === undefined ? this.archive.size : this.reportedSize;
    return {
      id: this.id,
      created_at: parisTime(this.createdAt),
      started_at: scheduled ? null : parisTime(this.createdAt + this.#scheduledMs()),
      name: this.name,
      size: status === 'done' ? size : scheduled ? null : 0,
      status,
      database_id: this.databaseId,
      ...(this.method === undefined ? {} : { method: this.method }),
    };
  }

  /** Tells the timeline that a response has shown this backup. */
  wasShown(): void {
    this.#shown += 1;
  }

  #scheduledMs(): number {
    return 'scheduledMs' in this.#timeline ? this.#timeline.scheduledMs : 1000;
  }
}

const PARIS = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Paris', timeZoneName: 'longOffset' });

/** `2018-09-02T03:00:00.178+02:00`: the API writes local time with its offset. */
export function parisTime(time: number): string {
  const zone = PARIS.formatToParts(time).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const offset = zone === 'GMT' ? '+00:00' : zone.slice('GMT'.length);
  const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
  const minutesEast = (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
  return new Date(time + minutesEast * 60_000).toISOString().replace('Z', offset);
}
