import { describe, expect, it } from 'vitest';
import type { ListedObject } from '../../src/ports/archive-store.ts';
import { dueArchives, type Pace, unreadSince } from '../../src/recovery/verify/due-archives.ts';
import { seededRandom } from '../support/seeded-random.ts';

const DAY = 86_400_000;
const START = Date.parse('2026-01-01T05:00:00Z');

function archive(name: string, size: number, storedAt: number, verifiedAt?: number): ListedObject {
  return {
    key: name,
    database: 'shop',
    backupId: name,
    createdAt: new Date(storedAt),
    size,
    lastModified: new Date(storedAt),
    ...(verifiedAt === undefined ? {} : { verifiedAt: new Date(verifiedAt) }),
  };
}

/** A slot a day, `within` so many days. */
function daily(now: number, days = 30, slotBegan = now): Pace {
  return {
    now,
    within: days * DAY,
    slotBegan,
    slotsUntil: (time) => Math.max(0, Math.floor((time - slotBegan) / DAY)),
  };
}

function names(archives: readonly ListedObject[]): string[] {
  return archives.map(({ key }) => key);
}

/** Archives of which each was read so many days ago. */
function readDaysAgo(days: readonly number[], size = 100): ListedObject[] {
  return days.map((each) => archive(`d${each}`, size, START - 400 * DAY, START - each * DAY));
}

describe('the share of one slot', () => {
  it('is nothing where there is no archive, and where all were read just now', () => {
    expect(dueArchives([], daily(START))).toEqual([]);
    expect(dueArchives(readDaysAgo([1, 2, 3]), daily(START))).toEqual([]);
  });

  it('is the longest unread of archives whose turns are spread', () => {
    const all = readDaysAgo(Array.from({ length: 27 }, (_, index) => index + 1));
    expect(names(dueArchives(all, daily(START)))).toEqual(['d27']);
  });

  it('spreads what was read in one night over the nights that are left', () => {
    const all = Array.from({ length: 270 }, (_, index) => archive(`a${index}`, 100, START, START));
    expect(dueArchives(all, daily(START + DAY)).length).toBeGreaterThan(8);
    expect(dueArchives(all, daily(START + DAY)).length).toBeLessThan(13);
  });

  it('counts an archive that was never read from when it was stored', () => {
    const all = [archive('new', 100, START - DAY), archive('old', 100, START - 29 * DAY)];
    expect(names(dueArchives(all, daily(START)))).toEqual(['old']);
  });

  it('holds a tenth of the slots in reserve', () => {
    expect(names(dueArchives(readDaysAgo([26]), daily(START)))).toEqual(['d26']);
    expect(names(dueArchives(readDaysAgo([25]), daily(START)))).toEqual([]);
  });

  it('reads all where one slot is all that there is in the time', () => {
    const monthly = { now: START, within: 31 * DAY, slotBegan: START };
    const slotsUntil = (time: number) => (time >= START + 30 * DAY ? 1 : 0);
    const all = readDaysAgo([31, 30, 20, 0.5]);
    expect(names(dueArchives(all, { ...monthly, slotsUntil }))).toEqual(['d31', 'd30', 'd20']);
  });

  it('balances by bytes, not by archives', () => {
    const all = [
      ...Array.from({ length: 100 }, (_, index) => archive(`small${index}`, 1, START - 400 * DAY)),
      archive('large', 100, START - 300 * DAY),
    ];
    const share = names(dueArchives(all, daily(START)));
    expect(share).toEqual(Array.from({ length: 7 }, (_, index) => `small${index}`));
  });

  it('takes an archive that is overdue whatever its size', () => {
    expect(names(dueArchives(readDaysAgo([31], 10 ** 12), daily(START)))).toEqual(['d31']);
  });

  it('lets no archive in time wait for those that are overdue', () => {
    const overdue = Array.from({ length: 270 }, (_, index) => archive(`o${index}`, 100, START - 99 * DAY));
    const due = names(dueArchives([...overdue, ...readDaysAgo([30, 29])], daily(START)));
    expect(due.slice(-2)).toEqual(['d30', 'd29']);
    expect(due.length).toBeLessThan(15);
  });

  it('is a twenty-seventh of what is overdue', () => {
    const overdue = Array.from({ length: 270 }, (_, index) => archive(`o${index}`, 1, START - 99 * DAY));
    expect(dueArchives(overdue, daily(START))).toHaveLength(10);
  });

  it.each([
    ['what was never read', 30, [400]],
    ['what is in time', 30, [20]],
    ['what has two slots left', 2, [0.5]],
    ['both', 30, [400, 20]],
  ])('is read once, however often the slot is begun: %s', (_, within, ages) => {
    const all = ages.flatMap((age) =>
      Array.from({ length: 100 }, (_, index) => {
        const readAt = START - age * DAY + index;
        return archive(`${age}-${index}`, 100, START - 500 * DAY, readAt);
      }),
    );
    const share = dueArchives(all, daily(START, within));
    expect(share.length).toBeGreaterThan(2);
    for (let read = 1; read <= share.length; read++) {
      const half = new Set(share.slice(0, read));
      const then = all.map((each) => (half.has(each) ? { ...each, verifiedAt: new Date(START) } : each));
      const rest = dueArchives(then, daily(START + 120_000, within, START));
      expect(names(rest), `after ${read} of ${share.length}`).toEqual(names(share.slice(read)));
    }
  });
});

/** A year of slots with archives that come and go. */
function simulate(seed: number, isMissed: (slot: number, random: () => number) => boolean) {
  const random = seededRandom(seed);
  const within = 10 + Math.floor(random() * 40);
  const reserve = Math.floor(within / 10);
  let archives: ListedObject[] = [];
  const shares: { readonly bytes: number; readonly usual: number; readonly largest: number }[] = [];
  const late: string[] = [];
  let reads = 0;
  let missedInARow = 0;
  const expectInTime = (each: ListedObject, now: number) => {
    if (now - unreadSince(each) > within * DAY) late.push(`${each.key} at day ${(now - START) / DAY}`);
  };
  for (let day = 0; day < 365; day++) {
    const now = START + day * DAY;
    for (let n = Math.floor(random() * 4); n > 0; n--) {
      const size = Math.ceil(10 ** (1 + random() * 5));
      archives.push(archive(`d${day}-${n}`, size, now - Math.floor(random() * DAY)));
    }
    // Retention, which takes some at random, and now and then most of them.
    const share = random() < 0.01 ? 0.7 : 0.03;
    archives = archives.filter(() => random() >= share);
    for (const each of archives) expectInTime(each, now);
    const mayMiss = missedInARow < reserve;
    if (mayMiss && isMissed(day, random)) {
      missedInARow += 1;
      continue;
    }
    missedInARow = 0;
    const due = new Set(dueArchives(archives, daily(now, within)));
    reads += due.size;
    const bytesOf = (of: Iterable<ListedObject>) => [...of].reduce((sum, { size }) => sum + size, 0);
    shares.push({
      bytes: bytesOf(due),
      usual: bytesOf(archives) / within,
      largest: Math.max(0, ...archives.map(({ size }) => size)),
    });
    archives = archives.map((each) => (due.has(each) ? { ...each, verifiedAt: new Date(now) } : each));
  }
  return { late, shares, reads, archives, within };
}

describe('a year of slots', () => {
  it('reads each archive in time, whatever comes and goes', () => {
    for (let seed = 1; seed <= 40; seed++)
      expect(simulate(seed, () => false).late, `seed ${seed}`).toEqual([]);
  });

  it('reads each archive in time while no more slots in a row are missed than are in reserve', () => {
    for (let seed = 1; seed <= 40; seed++) {
      expect(simulate(seed, (_, random) => random() < 0.5).late, `seed ${seed}`).toEqual([]);
    }
  });

  it('reads in no slot much more than in another, and no more than it has to', () => {
    // A bucket of a year, of which nothing was ever read, and a nightly archive of 100 bytes that stays.
    let archives = Array.from({ length: 365 }, (_, day) =>
      archive(`a${day}`, 100, START - (365 - day) * DAY),
    );
    const shares: number[] = [];
    const reads = new Map<string, number>();
    for (let day = 0; day < 365; day++) {
      const now = START + day * DAY;
      archives.push(archive(`b${day}`, 100, now));
      const due = new Set(dueArchives(archives, daily(now)));
      for (const { key } of due) reads.set(key, (reads.get(key) ?? 0) + 1);
      shares.push(due.size / (archives.length / 27));
      archives = archives.map((each) => (due.has(each) ? { ...each, verifiedAt: new Date(now) } : each));
    }
    expect(Math.max(...shares)).toBeLessThan(2.5);
    expect(Math.max(...shares.slice(30))).toBeLessThan(1.6);
    const old = [...reads].filter(([key]) => key.startsWith('a')).map(([, count]) => count);
    expect(old).toHaveLength(365);
    expect(Math.min(...old)).toBeGreaterThanOrEqual(11);
    expect(Math.max(...old)).toBeLessThanOrEqual(16);
  });
});
