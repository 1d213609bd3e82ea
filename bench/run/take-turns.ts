import type { Copier, Work } from '../peers/copier.ts';
import type { CopierResult, CopyRun } from '../report/results.ts';
import { withRatios } from '../report/statistics.ts';
import { measureCopy, type Stand } from './measure-copy.ts';

/** Told after each copy; `round` 0 is the warm-up. */
export type OnCopy = (copier: Copier, round: number, run: CopyRun) => void;

/**
 * Lets everyone make the same copy in turns, A B C … A B C …, so that what the machine does besides meets all
 * alike. A first round warms the caches up and is not counted.
 * @param copiers ours first: the ratios are to it
 */
export async function takeTurns(
  copiers: readonly Copier[],
  work: Work,
  stand: Stand,
  rounds: number,
  onCopy: OnCopy,
  signal: AbortSignal,
): Promise<CopierResult[]> {
  const results = copiers.map((copier) => ({ copier, command: '', runs: [] as CopyRun[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const result of results) {
      const { run, command } = await measureCopy(result.copier, work, stand, signal);
      result.command = command;
      if (round > 0) result.runs.push(run);
      onCopy(result.copier, round, run);
    }
  }
  return withRatios(
    results.map(({ copier: { id, title }, command, runs }) => ({ id, title, command, runs })),
  );
}
