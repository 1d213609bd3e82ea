import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byNewest, phaseOf } from '../../src/model/backup.ts';
import { backup } from './backup-fixture.ts';

describe('the phase of a backup', () => {
  it.each([
    ['scheduled', 'in-flight'],
    ['pending', 'in-flight'],
    ['running', 'in-flight'],
    ['cancelling', 'in-flight'],
    ['done', 'done'],
    ['error', 'failed'],
    ['cancelled', 'failed'],
    // A word of tomorrow's API must not make a backup that was never finished count as one.
    ['compressing', 'in-flight'],
    ['Done', 'in-flight'],
    ['', 'in-flight'],
    ['constructor', 'in-flight'],
  ])('"%s" is %s', (status, phase) => {
    expect(phaseOf({ status })).toBe(phase);
  });
});

describe('the order of backups', () => {
  it('is the newest first, whatever order the API listed them in', () => {
    const backups = [backup('b', { age: 2 }), backup('c', { age: 1 }), backup('a', { age: 3 })];
    expect(backups.sort(byNewest).map(({ id }) => id)).toEqual(['c', 'b', 'a']);
  });

  it('is total: equal stamps fall back to the id', () => {
    const some = fc.uniqueArray(
      fc.record({ id: fc.stringMatching(/^[A-Za-z0-9-]{1,3}$/), age: fc.nat({ max: 3 }) }),
      { selector: ({ id }) => id },
    );
    const twice = some.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(twice, ([list, shuffled]) => {
        const sorted = (records: typeof list) =>
          records
            .map(({ id, age }) => backup(id, { age }))
            .sort(byNewest)
            .map(({ id }) => id);
        expect(sorted(shuffled)).toEqual(sorted(list));
      }),
    );
    const same = backup('a', { age: 1 });
    expect(byNewest(same, { ...same })).toBe(0);
  });
});
