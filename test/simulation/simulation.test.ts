import { afterAll, beforeAll, expect, test } from 'vitest';
import { installVirtualTimers } from './virtual-timers.ts';
import { World } from './world.ts';
import { liveThrough, NIGHTS } from './worlds.ts';

let restoreTimers = () => {};
beforeAll(() => {
  restoreTimers = installVirtualTimers();
});
afterAll(() => restoreTimers());

test('whole months of archivers that are killed, delayed and cut off lose, double and leak nothing', async () => {
  const { failed, runs, undisturbed, kills } = await liveThrough({ seed: 1, nights: 20 * NIGHTS });
  expect(failed?.failure?.message).toBeUndefined();
  expect(runs).toBeGreaterThan(20 * NIGHTS);
  expect(undisturbed).toBeGreaterThan(runs / 4);
  expect(kills).toBeGreaterThan(20);
});

test('a seed has one story', async () => {
  for (const seed of [3, 7, 22]) {
    const [first, second] = [await live(seed), await live(seed)];
    expect(first).toBe(second);
  }
});

async function live(seed: number): Promise<string> {
  const lines: string[] = [];
  await new World({ seed, nights: 10, onLine: (line) => lines.push(line) }).live();
  expect(lines.length).toBeGreaterThan(100);
  return lines.join('\n');
}
