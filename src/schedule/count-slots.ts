import type { Slots } from './slots.ts';

/** So many slots are looked up; a pattern of every second has millions of them. */
const LOOKED_UP = 1_000;

/**
 * Counts the slots after `now`: how many there are until a time that is no later than `until`. Where there are very many
 * they are taken to go on as they began.
 */
export function countSlots(slots: Pick<Slots, 'next'>, now: number, until: number): (time: number) => number {
  const known: number[] = [];
  for (let slot = slots.next(now); slot !== undefined && slot <= until; slot = slots.next(slot)) {
    known.push(slot);
    if (known.length === LOOKED_UP) break;
  }
  const last = known.at(-1) ?? now;
  return (time) => {
    if (known.length === LOOKED_UP && time > last) {
      return Math.floor((LOOKED_UP * (time - now)) / (last - now));
    }
    const after = known.findIndex((slot) => slot > time);
    return after < 0 ? known.length : after;
  };
}
