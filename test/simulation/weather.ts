import type { Random } from '../../src/ports/clock.ts';
import type { Mishap } from './wire.ts';

/** What can become of a call, besides its success. */
export type Fate = 'lost before' | 'lost after' | 'late' | 'killed before' | 'killed after' | 'frozen';

/** How bad one day is. */
export interface Weather {
  readonly name: 'calm' | 'breeze' | 'storm';
  /** Share of the calls that meet a fate. */
  readonly share: number;
  /** Fates that occur, by weight. */
  readonly fates: readonly (readonly [Fate, number])[];
  readonly mishaps: Readonly<Record<Mishap, number>>;
  /** A side that cannot be reached for a while. */
  readonly outage:
    | { readonly side: 'store' | 'source'; readonly from: number; readonly until: number }
    | undefined;
}

const NO_MISHAPS: Weather['mishaps'] = {
  'error text': 0,
  'cut body': 0,
  'stalled body': 0,
  'link refused': 0,
  'damaged object': 0,
  'doubtful listing': 0,
};

export const CALM: Weather = { name: 'calm', share: 0, fates: [], mishaps: NO_MISHAPS, outage: undefined };

const FATES: readonly Fate[] = [
  'lost before',
  'lost after',
  'late',
  'killed before',
  'killed after',
  'frozen',
];
const HOUR = 3_600_000;

/**
 * The weather of one day. Not all fates occur on each: rare ones would never meet among many others.
 * @param slot the time at which most happens, in milliseconds
 */
export function drawWeather(random: Random, slot: number): Weather {
  const kind = random();
  if (kind < 0.4) return CALM;
  const name = kind < 0.75 ? 'breeze' : 'storm';
  const share = name === 'breeze' ? 0.002 + random() * 0.01 : 0.02 + random() * 0.1;
  const fates = FATES.map((fate) => [fate, random() < 0.5 ? 0 : random()] as const);
  const mishaps = Object.fromEntries(
    Object.keys(NO_MISHAPS).map((mishap) => [mishap, random() < 0.5 ? 0 : share * random()]),
  ) as Record<Mishap, number>;
  const from = slot + (random() - 0.3) * HOUR;
  const side = random() < 0.5 ? 'store' : 'source';
  const outage = random() < 0.15 ? ({ side, from, until: from + random() * 2 * HOUR } as const) : undefined;
  return { name, share, fates, mishaps, outage };
}

export function drawFate(random: Random, { fates }: Weather): Fate | undefined {
  const total = fates.reduce((sum, [, weight]) => sum + weight, 0);
  let at = random() * total;
  for (const [fate, weight] of fates) {
    at -= weight;
    if (at < 0) return fate;
  }
  return undefined;
}
