import { toArchiverError } from '../../model/errors.ts';
import type { EmittedEvent, EventName } from '../../ports/events.ts';

/**
 * Where a run fails: `prepare`, before it knows which backup to archive; `lock`, another run works on the
 * database; `backup`, making or awaiting it; `transfer`; `proof`; `retention`.
 */
export const FAILURE_PHASES = ['prepare', 'lock', 'backup', 'transfer', 'proof', 'retention'] as const;
export type FailurePhase = (typeof FAILURE_PHASES)[number];

/** What an event says of where its database's run is. */
const ENTERED: Readonly<Partial<Record<EventName, FailurePhase>>> = {
  'backup.created': 'backup',
  'backup.adopted': 'backup',
  'backup.polled': 'backup',
  'backup.done': 'transfer',
  'archive.started': 'transfer',
  'archive.resumed': 'transfer',
  'archive.completed': 'prepare',
};

/** Errors that name their phase themselves, wherever the run seemed to be. */
const BY_CODE: readonly (readonly [RegExp, FailurePhase])[] = [
  [/^lock\./, 'lock'],
  [/^backup\./, 'backup'],
  [/^retention\./, 'retention'],
  [/^archive\.(checksum_mismatch|unproven)$/, 'proof'],
];

/** Follows the runs of all databases through their events. */
export class FailurePhases {
  readonly #at = new Map<string, FailurePhase>();

  /** A run of `database` begins. */
  begin(database: string): void {
    this.#at.set(database, 'prepare');
  }

  /** @returns the phase in which the run of `database` has failed, if that is what the event says */
  onEvent(database: string, happened: EmittedEvent): FailurePhase | undefined {
    const entered = ENTERED[happened.event];
    if (entered !== undefined) this.#at.set(database, entered);
    switch (happened.event) {
      case 'lock.held':
        return 'lock';
      case 'retention.failed':
        return 'retention';
      case 'archive.failed':
        return this.#phaseOf(database, happened.fields.error);
      case 'run.failed':
        return this.#phaseOf(database, 'error' in happened.fields ? happened.fields.error : undefined);
      default:
        return undefined;
    }
  }

  #phaseOf(database: string, error: unknown): FailurePhase {
    const { code } = toArchiverError(error);
    const named = BY_CODE.find(([pattern]) => pattern.test(code))?.[1];
    const phase = named ?? this.#at.get(database) ?? 'prepare';
    this.#at.delete(database);
    return phase;
  }
}
