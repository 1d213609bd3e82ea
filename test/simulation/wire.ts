import type { SourceError, StoreError } from '../../src/model/errors.ts';

/** One call of a port, as it goes to the other side. */
export interface PortCall {
  readonly side: 'store' | 'source';
  readonly name: string;
  readonly database: string;
  /** Whether it changes what the other side has, and only the holder of the lease may do so. */
  readonly isWork?: boolean;
}

/** What lies between a process and the other side. */
export interface Wire {
  /**
   * @param effect what the call does there, at once; an error that it throws is the other side's refusal
   * @param lost the error for a call of which no response came. Default: a network error
   */
  call<Result>(
    call: PortCall,
    effect: () => Result,
    signal: AbortSignal,
    lost?: (wasDone: boolean) => StoreError | SourceError,
  ): Promise<Result>;
  /** Whether a thing that happens so often happens now. */
  chance(what: Mishap): boolean;
  /** The process now reads what its own threads unpack. */
  computes(): void;
}

/** What the other side does wrong, besides losing calls and responses. */
export type Mishap =
  | 'error text'
  | 'cut body'
  | 'stalled body'
  | 'link refused'
  | 'damaged object'
  | 'doubtful listing';

/** A wire on which nothing happens. */
export const DIRECT: Wire = {
  async call(_call, effect, signal) {
    signal.throwIfAborted();
    return effect();
  },
  chance: () => false,
  computes: () => {},
};
