import type { CopierResult, Figures } from './results.ts';

/** @throws RangeError for no values at all */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('the median of nothing');
  return (upper + lower) / 2;
}

/** Figure by figure. */
export function medianFigures(runs: readonly Figures[]): Figures {
  return {
    wall: median(runs.map(({ wall }) => wall)),
    cpu: median(runs.map(({ cpu }) => cpu)),
    peakMiB: median(runs.map(({ peakMiB }) => peakMiB)),
  };
}

export function ratio(figures: Figures, ours: Figures): Figures {
  return {
    wall: figures.wall / ours.wall,
    cpu: figures.cpu / ours.cpu,
    peakMiB: figures.peakMiB / ours.peakMiB,
  };
}

type WithoutRatios = Omit<CopierResult, 'median' | 'toOurs'>;

/** Adds medians and ratios; ours is the first. */
export function withRatios(copiers: readonly WithoutRatios[]): CopierResult[] {
  const medians = copiers.map(({ runs }) => medianFigures(runs));
  const [first] = medians;
  return copiers.map((copier, index) => {
    const own = medians[index] ?? medianFigures(copier.runs);
    return { ...copier, median: own, toOurs: ratio(own, first ?? own) };
  });
}
