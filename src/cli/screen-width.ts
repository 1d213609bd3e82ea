import { openOutput } from '../process/output.ts';
import type { AppContext } from './app-context.ts';

/** Columns of the terminal that standard output is; `undefined` where it is none: each row then has one line, for awk. */
export function screenWidth({ scrubber }: AppContext): number | undefined {
  const screen = openOutput(1, scrubber);
  return screen.isTerminal ? screen.columns() : undefined;
}
