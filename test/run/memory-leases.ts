import type { StoreError } from '../../src/model/errors.ts';
import type { LeaseRecord, LeaseStore, StoredLease } from '../../src/ports/lease.ts';
import { S3Error } from '../../src/stores/s3/client/s3-error.ts';

/** Where a call meets its fate: before the store does it, or after, when only the response is lost. */
export type LeaseFault = { readonly when: 'before' | 'after'; readonly error: Error };

/** Leases in memory, on which time costs nothing: conditions as S3 has them, or ignored. */
export class MemoryLeases implements LeaseStore {
  readonly stored = new Map<string, StoredLease>();
  readonly writes: LeaseRecord[] = [];
  /** Looked at by each write. */
  fault: () => LeaseFault | undefined = () => undefined;
  /** Each write waits for it; aborted as a request is. */
  gate: (signal: AbortSignal) => Promise<void> = () => Promise.resolve();
  removals = 0;
  readonly #honoursConditions: boolean;
  #version = 0;

  constructor({ honoursConditions = true }: { honoursConditions?: boolean } = {}) {
    this.#honoursConditions = honoursConditions;
  }

  readLease(database: string): Promise<StoredLease | undefined> {
    return Promise.resolve(this.stored.get(database));
  }

  async writeLease(
    database: string,
    record: LeaseRecord,
    replaces: string | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    signal.throwIfAborted();
    await this.gate(signal);
    const fault = this.fault();
    if (fault?.when === 'before') throw fault.error;
    if (this.#honoursConditions && this.stored.get(database)?.version !== replaces) throw lostRace();
    const version = this.put(database, record);
    this.writes.push(record);
    if (fault?.when === 'after') throw fault.error;
    return version;
  }

  removeLease(database: string, _signal: AbortSignal): Promise<void> {
    this.removals += 1;
    this.stored.delete(database);
    return Promise.resolve();
  }

  /** Puts a state there as somebody else would. */
  put(database: string, record: LeaseRecord | null): string {
    this.#version += 1;
    const version = `v${this.#version}`;
    this.stored.set(database, { record, version });
    return version;
  }
}

export function lostRace(): StoreError {
  return new S3Error('s3.precondition_failed', 'PutObject: 412 PreconditionFailed', {
    operation: 'PutObject',
    status: 412,
  });
}

export function outOfReach(): StoreError {
  return new S3Error('s3.network', 'PutObject: ECONNREFUSED', {
    operation: 'PutObject',
    retryable: true,
  });
}
