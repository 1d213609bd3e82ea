import { type Chronicle, World } from './world.ts';

/** Nights of one world: whole months. */
export const NIGHTS = 30;

export interface Totals {
  worlds: number;
  nights: number;
  runs: number;
  undisturbed: number;
  kills: number;
  disturbances: number;
  clocksSet: number;
}

export interface WorldsOptions {
  /** Of the first world; each has the next one. */
  readonly seed: number;
  readonly nights: number;
  /** Of so many that share the worlds, this is the one of that number, from 0. */
  readonly share?: readonly [number, number];
  /** Whether there is time for another world. */
  readonly mayGoOn?: () => boolean;
  readonly onLine?: (line: string) => void;
}

export interface Lived extends Totals {
  /** The first world in which something did not hold. */
  readonly failed: Chronicle | undefined;
}

/** Lets worlds live one after the other, until one fails. `installVirtualTimers` goes before it. */
export async function liveThrough(options: WorldsOptions): Promise<Lived> {
  const { seed, nights, share: [index, of] = [0, 1], mayGoOn = () => true, onLine } = options;
  const totals: Totals = {
    worlds: 0,
    nights: 0,
    runs: 0,
    undisturbed: 0,
    kills: 0,
    disturbances: 0,
    clocksSet: 0,
  };
  const each = Math.min(NIGHTS, nights);
  for (let world = index; world * each < nights && mayGoOn(); world += of) {
    const story = onLine === undefined ? {} : { onLine };
    const chronicle = await new World({ seed: seed + world, nights: each, ...story }).live();
    totals.worlds += 1;
    for (const key of ['nights', 'runs', 'undisturbed', 'kills', 'disturbances', 'clocksSet'] as const)
      totals[key] += chronicle[key];
    if (chronicle.failure !== undefined) return { ...totals, failed: chronicle };
  }
  return { ...totals, failed: undefined };
}
