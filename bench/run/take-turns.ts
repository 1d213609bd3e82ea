import type { CopierResult, CopyRun } from '../report/results.ts';
import { withRatios } from '../report/statistics.ts';

/** One that takes a turn. */
export interface Turner {
  /** As `--peers` names it. */
  readonly id: string;
  /** As tables name it. */
  readonly title: string;
}

/** What a turn took. */
export interface Turn {
  readonly run: CopyRun;
  readonly command: string;
}

/**
 * Lets everyone do the same work in turns, A B C … A B C …, so that what the machine does besides meets all
 * alike. A first round warms the caches up and is not counted.
 * @param turners ours first: the ratios are to it
 * @param onTurn called after each; `round` 0 is the warm-up
 */
export async function takeTurns<T extends Turner>(
  turners: readonly T[],
  rounds: number,
  measure: (turner: T) => Promise<Turn>,
  onTurn: (turner: T, round: number, run: CopyRun) => void,
): Promise<CopierResult[]> {
  const results = turners.map((turner) => ({ turner, command: '', runs: [] as CopyRun[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const result of results) {
      const { run, command } = await measure(result.turner);
      result.command = command;
      if (round > 0) result.runs.push(run);
      onTurn(result.turner, round, run);
    }
  }
  return withRatios(
    results.map(({ turner: { id, title }, command, runs }) => ({ id, title, command, runs })),
  );
}

/** One line for each turn, on standard error: it takes minutes. */
export function noteTurn({ title }: Turner, round: number, { wall, cpu, peakMiB, othersCpu }: CopyRun): void {
  const when = round === 0 ? 'warm-up' : `round ${round}`;
  const figures = `${wall.toFixed(2)} s, ${cpu.toFixed(2)} CPU s, ${peakMiB.toFixed(0)} MiB`;
  process.stderr.write(`${when}: ${title}: ${figures} (others: ${othersCpu.toFixed(1)} CPU s)\n`);
}
