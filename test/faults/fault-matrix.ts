import { expect } from 'vitest';
import type { Fault, Operation } from '../../sandbox/scalingo/fault.ts';
import { ArchiverError } from '../../src/model/errors.ts';
import type { StoreAddress } from '../support/test-store.ts';
import { type FaultKind, SOURCE_CALLS, SOURCE_FAULTS, STORE_FAULTS } from './fault-table.ts';
import { FaultWorld, type FaultWorldOptions } from './fault-world.ts';
import type { ProxyFault } from './faulty-proxy.ts';

/** One line of the table: what happens to which call of a night, once or from then on. */
export interface Cell {
  readonly name: string;
  readonly call: string;
  readonly kind: string;
  /** Which of these calls, from 0. */
  readonly nth: number;
  /** Why its kind forbids healing, where it does. */
  readonly final: string | undefined;
  /** From this call to the end of the run, and not only once. */
  readonly isLasting: boolean;
  /** @returns how often it has happened */
  inject(world: FaultWorld): () => number;
}

/** Counts the requests of an undisturbed night, by their names. */
export async function callsOfANight(
  address: StoreAddress,
  options: FaultWorldOptions,
): Promise<{ store: ReadonlyMap<string, number>; source: ReadonlyMap<string, number> }> {
  await using world = await FaultWorld.open(address, options);
  const before = world.scalingo.requests.length;
  world.nextDay();
  expect((await world.night()).status).toBe('archived');
  const source = new Map<string, number>();
  for (const { operation } of world.scalingo.requests.slice(before)) {
    if (operation !== null) source.set(operation, (source.get(operation) ?? 0) + 1);
  }
  return { store: new Map(world.proxy.seen), source };
}

/**
 * Every fault on the first, the middle and the last of every call, once; and from the first on for the whole run.
 * @param chain whether credentials can be renewed
 */
export function cellsOf(
  { store, source }: Awaited<ReturnType<typeof callsOfANight>>,
  chain: boolean,
): Cell[] {
  const storeFaults = STORE_FAULTS.map((each) =>
    each.isRenewable === true && chain ? { ...each, final: undefined } : each,
  );
  const onStore = [...store].flatMap(([call, count]) =>
    // The response to a HEAD has no body that could be spoilt.
    storeFaults
      .filter(({ inBody }) => inBody !== true || !call.startsWith('Head'))
      .flatMap((kind) => [
        ...placesOf(count).map((nth) => storeCell(call, nth, kind, false)),
        ...(kind.isSlow === true ? [] : [storeCell(call, 0, kind, true)]),
      ]),
  );
  const onSource = SOURCE_CALLS.flatMap((call) =>
    SOURCE_FAULTS.flatMap((kind) => [
      ...placesOf(source.get(call) ?? 0).map((nth) => sourceCell(call, nth, kind, false)),
      ...(kind.isSlow === true ? [] : [sourceCell(call, 0, kind, true)]),
    ]),
  );
  return [...onStore, ...onSource];
}

/** The first, the middle and the last of so many. */
function placesOf(count: number): number[] {
  return [...new Set([0, count >> 1, count - 1])].filter((nth) => nth >= 0 && nth < count);
}

function storeCell(call: string, nth: number, kind: FaultKind<ProxyFault>, isLasting: boolean): Cell {
  return {
    name: `${call} ${nth + 1}${isLasting ? ' and on' : ''}: ${kind.name}`,
    call,
    kind: kind.name,
    nth,
    final: kind.final,
    isLasting,
    inject: ({ proxy }) => {
      let hits = 0;
      proxy.intercept = (name, seen) => {
        if (name !== call || (isLasting ? seen < nth : seen !== nth)) return undefined;
        hits++;
        return kind.fault;
      };
      return () => hits;
    },
  };
}

function sourceCell(call: Operation, nth: number, kind: FaultKind<Fault>, isLasting: boolean): Cell {
  return {
    name: `Scalingo ${call} ${nth + 1}${isLasting ? ' and on' : ''}: ${kind.name}`,
    call: `Scalingo ${call}`,
    kind: kind.name,
    nth,
    final: (kind.finalAt ?? call) === call ? kind.final : undefined,
    isLasting,
    inject: ({ scalingo }) => {
      let hits = 0;
      let seen = 0;
      scalingo.intercept = ({ operation }) => {
        if (operation !== call) return undefined;
        const at = seen++;
        if (isLasting ? at < nth : at !== nth) return undefined;
        hits++;
        return kind.fault;
      };
      return () => hits;
    },
  };
}

/** Healed inside the run; ended it with an error, as it may; did not come: how often a lease is renewed depends. */
export type Result = 'healed' | 'ended' | 'missed' | { readonly broken: string };

/**
 * One cell: a night with the fault; and, unless that healed a single one, an undisturbed night. A world in which it
 * broke is of no more use.
 */
export async function tryCell(world: FaultWorld, cell: Cell): Promise<Result> {
  try {
    world.nextDay();
    const hits = cell.inject(world);
    const disturbed = await world.night();
    world.proxy.intercept = () => undefined;
    world.scalingo.intercept = () => undefined;
    if (hits() === 0) return 'missed';
    expect(world.backups, 'backups').toBeLessThanOrEqual(1);
    // The upload of a creation whose response was lost is left to the next run.
    if (disturbed.status === 'archived' && !cell.isLasting && !(await world.hasUploads())) {
      await world.expectWhole();
      return 'healed';
    }
    const wasArchived = await world.hasTonights();
    if (disturbed.status === 'failed') {
      expect(disturbed.error).toBeInstanceOf(ArchiverError);
      const { code, message } = disturbed.error;
      if (!cell.isLasting && cell.final === undefined)
        return { broken: `${cell.name}: not healed: ${code}: ${message}` };
      expect(code, message).not.toBe('internal');
    }
    const next = await world.night();
    if (next.status === 'failed')
      return { broken: `${cell.name}: the next run: ${next.error.code}: ${next.error.message}` };
    // A run whose archive was made makes no other; the one after it makes its own.
    expect(world.backups, 'backups in the end').toBe(wasArchived ? 2 : 1);
    await world.expectWhole();
    return disturbed.status === 'failed' ? 'ended' : 'healed';
  } catch (error) {
    return { broken: `${cell.name}: ${error instanceof Error ? error.message : String(error)}` };
  }
}
