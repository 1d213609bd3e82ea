import process, { env } from 'node:process';
import { expect, vi } from 'vitest';
import { credentialService } from '../support/credential-service.ts';
import { seededRandom } from '../support/seeded-random.ts';
import type { StoreAddress } from '../support/test-store.ts';
import { type Cell, callsOfANight, cellsOf, type Result, tryCell } from './fault-matrix.ts';
import { FaultWorld, type FaultWorldOptions } from './fault-world.ts';

/** Fewer cells than this in the budget would say little. */
const LEAST = 10;
const AT_ONCE = 8;
/** A world has so many days at most: its listings grow. */
const DAYS = 25;

/**
 * Tries cells in an order of chance until the budget is used up. `FAULT_SEED` chooses the order (default: the day),
 * `FAULT_BUDGET` the seconds, `FAULT_CELL` the cells whose name contains it; `FAULT_TABLE=1` prints a line a cell.
 * @param budget seconds, unless the environment says otherwise
 */
export async function tryCells(
  address: StoreAddress,
  options: FaultWorldOptions,
  budget: number,
): Promise<void> {
  const seed = Number(env.FAULT_SEED ?? new Date().toISOString().slice(0, 10).replaceAll('-', ''));
  const seconds = Number(env.FAULT_BUDGET ?? budget);
  const only = env.FAULT_CELL ?? '';
  const isTold = env.FAULT_TABLE !== undefined;
  await using _ = await credentialService(address);
  const begun = performance.now();
  const all = cellsOf(await callsOfANight(address, options), options.chain === true);
  const queue = shuffled(all, seed)
    .filter(({ name }) => name.includes(only))
    .values();
  const tried: (readonly [Cell, Result])[] = [];
  const work = async () => {
    let world: FaultWorld | undefined;
    for (const cell of queue) {
      if (performance.now() > begun + seconds * 1000 && tried.length >= LEAST) break;
      world ??= await FaultWorld.open(address, options);
      const result = await tryCell(world, cell);
      tried.push([cell, result]);
      if (isTold) process.stdout.write(lineOf(cell, result));
      if (typeof result !== 'string' || world.days > DAYS) {
        await world[Symbol.asyncDispose]();
        world = undefined;
      }
    }
    await world?.[Symbol.asyncDispose]();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  vi.unstubAllEnvs();
  const count = (result: Result) => tried.filter(([, each]) => each === result).length;
  const broken = tried.flatMap(([, result]) => (typeof result === 'string' ? [] : [result.broken]));
  process.stdout.write(
    `${address.name}: ${tried.length} of ${all.length} cells in ${seconds} s (FAULT_SEED=${seed}): ` +
      `${count('healed')} healed, ${count('ended')} ended, ${count('missed')} missed, ${broken.length} broken\n`,
  );
  expect(tried.length).toBeGreaterThan(5 * count('missed'));
  expect(broken).toEqual([]);
}

/** `healed  UploadPart archive  503 SlowDown  once  1`: a line of the table. */
function lineOf({ call, kind, nth, isLasting, final }: Cell, result: Result): string {
  const why = result === 'ended' ? (isLasting ? 'it lasts' : final) : undefined;
  const said = typeof result === 'string' ? result : result.broken;
  return `${[said, call, kind, isLasting ? 'from' : 'once', nth + 1, why ?? ''].join('\t')}\n`;
}

function shuffled(cells: readonly Cell[], seed: number): Cell[] {
  const random = seededRandom(seed);
  return cells
    .map((cell) => ({ cell, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ cell }) => cell);
}
