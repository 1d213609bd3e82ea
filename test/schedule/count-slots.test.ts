import { expect, it } from 'vitest';
import { countSlots } from '../../src/schedule/count-slots.ts';
import { Slots } from '../../src/schedule/slots.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-01-01T05:00:00Z');

it('counts the slots after now, the one at the end too', () => {
  const count = countSlots(new Slots('0 5 * * *', 'UTC'), NOW, NOW + 30 * DAY);
  expect([-1, 0, 0.9, 1, 29.5, 30].map((days) => count(NOW + days * DAY))).toEqual([0, 0, 0, 1, 29, 30]);
});

it('counts none where none comes in the time', () => {
  expect(countSlots(new Slots('0 5 1 * *', 'UTC'), NOW, NOW + 30 * DAY)(NOW + 30 * DAY)).toBe(0);
});

it('reckons what it does not look up', () => {
  const count = countSlots(new Slots('* * * * * *', 'UTC'), NOW, NOW + 30 * DAY);
  expect(count(NOW + 5000)).toBe(5);
  expect(count(NOW + 1_000_000)).toBe(1000);
  expect(count(NOW + 30 * DAY)).toBe(30 * 86_400);
});
