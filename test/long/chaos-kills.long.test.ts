import { describe, expect, it } from 'vitest';
import type { Random } from '../../src/ports/clock.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { BUDGET, figure, SEED, seeded } from './chaos-budget.ts';
import { ChaosNights } from './chaos-nights.ts';

/** By each way of transfer. */
const KILLS = 100;
/** Fewer say little. */
const AT_LEAST = 10;

describe.concurrent('nights with retention whose runs a signal ends at any moment', () => {
  it.each([
    ['in parallel', 'honour', 0],
    ['as a stream', 'ignore', 1],
  ] as const)(
    '%s: nothing lost, nothing doubled, nothing leaked',
    { timeout: (BUDGET + 60) * 1000 },
    (way, range, n) =>
      seeded(async () => {
        const begun = performance.now();
        const random = seededRandom(SEED + n);
        await using nights = await ChaosNights.open(random, range);
        const kills = await killAll(nights, random, begun + (BUDGET - 20) * 1000);
        const slots = `${nights.slots} slots`;
        figure(`${kills} of ${KILLS} kills ${way} in ${slots}, after ${nights.endedAfter()}`, begun);
        expect(kills).toBeGreaterThanOrEqual(AT_LEAST);
      }),
  );
});

/** Every second run that is killed is followed by a whole one, in the same slot, on the average. @returns the kills */
async function killAll(nights: ChaosNights, random: Random, until: number): Promise<number> {
  nights.nextSlot();
  await nights.finish();
  nights.nextSlot();
  let whole = await nights.finish();
  let kills = 0;
  nights.nextSlot();
  while (kills < KILLS && performance.now() < until) {
    const signal = random() < 0.5 ? 'SIGKILL' : 'SIGTERM';
    if (await nights.kill(signal, random() * whole)) kills += 1;
    if (random() < 0.5) continue;
    whole = (whole + (await nights.finish())) / 2;
    nights.nextSlot();
  }
  await nights.finish();
  return kills;
}
