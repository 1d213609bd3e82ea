import type { EventFields } from '../../ports/event-log.ts';

/**
 * Where a run fails: `prepare`, before it knows which backup to archive; `lock`, another run works on the
 * database; `backup`, making or awaiting it; `transfer`; `proof`; `retention`.
 */
export const FAILURE_PHASES = ['prepare', 'lock', 'backup', 'transfer', 'proof', 'retention'] as const;
export type FailurePhase = (typeof FAILURE_PHASES)[number];

/** What an event says of where its database's run is. */
const ENTERED: Readonly<Record<string, FailurePhase>> = {
  'run.started': 'prepare',
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

  /** @returns the phase in which the run of `database` has failed, if that is what the event says */
  hear(database: string, event: string, fields: EventFields): FailurePhase | undefined {
    const entered = ENTERED[event];
    if (entered !== undefined) this.#at.set(database, entered);
    switch (event) {
      case 'lock.held':
        return 'lock';
      case 'retention.failed':
        return 'retention';
      case 'archive.failed':
      case 'run.failed':
        return this.#phaseOf(database, codeOf(fields.error));
      default:
        return undefined;
    }
  }

  #phaseOf(database: string, code: string): FailurePhase {
    const named = BY_CODE.find(([pattern]) => pattern.test(code))?.[1];
    const phase = named ?? this.#at.get(database) ?? 'prepare';
    this.#at.delete(database);
    return phase;
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
