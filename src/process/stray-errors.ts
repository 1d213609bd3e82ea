import type { EventLog } from '../ports/event-log.ts';

/** The part of `process` that is used. */
export interface StrayErrorProcess {
  on(event: 'unhandledRejection' | 'uncaughtException', listener: (error: unknown) => void): unknown;
  off(event: 'unhandledRejection' | 'uncaughtException', listener: (error: unknown) => void): unknown;
  exit(code: number): void;
}

export interface StrayErrorOptions {
  readonly log: EventLog;
  readonly process?: StrayErrorProcess;
}

/**
 * Errors that were not caught: logged `fatal` as `process.stray_error`, through our own serialiser (Node's
 * would print a request with its headers), and the process ends with 1. After such an error nothing is known
 * about the state, and the next run starts from the bucket anyway.
 * @returns takes the handlers off
 */
export function installStrayErrors({ log, process: target = process }: StrayErrorOptions): () => void {
  const handler = (origin: 'unhandledRejection' | 'uncaughtException', what: string) => (error: unknown) => {
    try {
      log.fatal('process.stray_error', { origin, error: error ?? String(error) }, what);
    } finally {
      // Also when the log itself is what failed: a second round would fail the same way.
      target.exit(1);
    }
  };
  const rejection = handler('unhandledRejection', 'a promise was rejected and nothing was waiting for it');
  const exception = handler('uncaughtException', 'an error was thrown and not caught');
  target.on('unhandledRejection', rejection);
  target.on('uncaughtException', exception);
  return () => {
    target.off('unhandledRejection', rejection);
    target.off('uncaughtException', exception);
  };
}
