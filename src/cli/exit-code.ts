import { hasCode } from '../model/errors.ts';
import type { ShutdownError } from '../process/shutdown.ts';
import type { RunSummary } from '../run/run-all.ts';

/** What the process says when it ends: a contract with schedulers. */
export const EXIT = {
  done: 0,
  /** At least one database failed; the others were still attempted. */
  failed: 1,
  /** The configuration or the command line is wrong; nothing was attempted. */
  usage: 2,
} as const;

/** Of a run: the signal's own code only where it cut work short. */
export function exitCodeOf(summary: RunSummary, stopped: ShutdownError | undefined): number {
  if (stopped !== undefined && summary.interrupted > 0) return stopped.exitCode;
  return summary.failed > 0 ? EXIT.failed : EXIT.done;
}

/** Whether an error says that nothing was attempted because of how the program was called. */
export function isUsageError(error: unknown): boolean {
  return hasCode(error, 'config.invalid', 'usage.invalid');
}
