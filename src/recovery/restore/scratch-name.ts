import { randomBytes } from 'node:crypto';

/** What every database that a restore test makes begins with. */
export const SCRATCH_PREFIX = 'archiver_restore_test_';
const SCRATCH_NAME = /^archiver_restore_test_([\da-f]{16})$/;

/** A name that no other database has. */
export function newScratchName(): string {
  return `${SCRATCH_PREFIX}${randomBytes(8).toString('hex')}`;
}

/** Whether a database has a name that only a restore test gives. */
export function isScratchName(name: string): boolean {
  return SCRATCH_NAME.test(name);
}

/** The two numbers of 31 bits that stand for a name in a lock: PostgreSQL's advisory locks have no names. */
export function lockKeys(name: string): readonly [number, number] {
  const digits = SCRATCH_NAME.exec(name)?.[1];
  if (digits === undefined) throw new RangeError(`${name} is no name of a restore test`);
  const half = (at: number) => Number.parseInt(digits.slice(at, at + 8), 16) & 0x7fffffff;
  return [half(0), half(8)];
}
