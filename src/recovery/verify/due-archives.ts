import type { ListedObject } from '../../ports/archive-store.ts';

/** What the share of one slot is reckoned from. Times in milliseconds since the epoch. */
export interface Pace {
  readonly now: number;
  /** Each archive is read at least once in this time, in milliseconds. */
  readonly within: number;
  /** When the slot began: what was read since then is of its share. */
  readonly slotBegan: number;
  /** How many further slots there are until then. */
  readonly slotsUntil: (time: number) => number;
}

/** The part of the slots that is held in reserve: so many of them in a row may be missed, and each archive is in time. */
const RESERVE = 1 / 10;

/**
 * The archives that one slot reads back: a share of the bytes such that each archive is read once per `within` and no slot
 * reads much more than another. The longest unread come first; one that was never read counts from when it was stored.
 *
 * An archive whose time is over, because the schedule is new or was away for long, is caught up with at the pace at which
 * all archives are read once in `within`, beside those that are still in time: they do not wait for it. Nothing is
 * remembered: a slot that is begun again, after a crash or for what failed, reads the rest of its share.
 * @returns the longest unread first
 */
export function dueArchives(archives: readonly ListedObject[], pace: Pace): ListedObject[] {
  const { now, within, slotBegan, slotsUntil } = pace;
  const slots = Math.max(1, slotsUntil(now + within));
  const reserve = Math.floor(slots * RESERVE);
  const [read = [], waiting = []] = partition(
    archives,
    ({ verifiedAt }) => verifiedAt !== undefined && verifiedAt.getTime() >= slotBegan,
  );
  const ordered = waiting.toSorted((one, other) => unreadSince(one) - unreadSince(other));
  const [overdue = [], inTime = []] = partition(ordered, (archive) => isOverdue(archive, pace));

  const readBytes = bytesOf(read);
  const usual = bytesOf(archives) / (slots - reserve);
  const caughtUp = take(overdue, usual - readBytes, readBytes === 0);
  // What this slot has read was of those that are overdue first.
  const done = overdue.length === 0 ? readBytes : Math.max(0, readBytes - usual);
  let through = done;
  let budget = 0;
  for (const archive of inTime) {
    through += archive.size;
    const left = 1 + slotsUntil(unreadSince(archive) + within) - reserve;
    budget = Math.max(budget, through / Math.max(1, left));
  }
  return [...caughtUp, ...take(inTime, budget - done, false)];
}

/** Whether its time is over: such ones are read before the others of a share. */
export function isOverdue(archive: ListedObject, { now, within }: Pick<Pace, 'now' | 'within'>): boolean {
  return unreadSince(archive) + within < now;
}

/** Since when no byte of it was read, in milliseconds since the epoch. */
export function unreadSince({ verifiedAt, lastModified }: ListedObject): number {
  return (verifiedAt ?? lastModified).getTime();
}

/** As many as fit into the budget, the last one at least by half. @param atLeastOne even where none fits */
function take(archives: readonly ListedObject[], budget: number, atLeastOne: boolean): ListedObject[] {
  const taken: ListedObject[] = [];
  let bytes = 0;
  for (const archive of archives) {
    if (bytes + archive.size / 2 > budget && !(atLeastOne && taken.length === 0)) break;
    taken.push(archive);
    bytes += archive.size;
  }
  return taken;
}

/** Bytes of archives, all together. */
export function bytesOf(archives: readonly ListedObject[]): number {
  return archives.reduce((sum, { size }) => sum + size, 0);
}

/** Those for which it is true, and the others. */
function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
