import type { Fault, Operation } from './fault.ts';

/** Faults that wait for the calls they are meant for, first in, first out for each operation. */
export class FaultQueue {
  readonly #waiting = new Map<Operation, { fault: Fault; times: number }[]>();

  /** The next `times` calls of `operation` meet `fault`; Infinity until `clear`. */
  add(operation: Operation, fault: Fault, times = 1): void {
    const queue = this.#waiting.get(operation) ?? [];
    queue.push({ fault, times });
    this.#waiting.set(operation, queue);
  }

  take(operation: Operation): Fault | undefined {
    const queue = this.#waiting.get(operation);
    const first = queue?.[0];
    if (queue === undefined || first === undefined) return undefined;
    first.times -= 1;
    if (first.times <= 0) queue.shift();
    return first.fault;
  }

  /** Drops what still waits, for one operation or all. */
  clear(operation?: Operation): void {
    if (operation === undefined) this.#waiting.clear();
    else this.#waiting.delete(operation);
  }

  /** Calls of `operation` that are still to meet a fault. */
  pending(operation: Operation): number {
    return (this.#waiting.get(operation) ?? []).reduce((sum, { times }) => sum + times, 0);
  }
}
