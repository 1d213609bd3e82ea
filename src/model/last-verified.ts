import type { Inspected, Verification } from './verification.ts';

/** Of each kind of look at an archive the last one: when it was and what came of it. */
export interface LastLooks {
  readonly readBack: LastLook | null;
  readonly restored: LastLook | null;
}

type LastLook = Pick<Inspected, 'at' | 'ok'>;

/** What counts of a verification here, without its reports. */
export function lastLooks(found: Pick<Verification, 'readBack' | 'restored'> | undefined): LastLooks {
  return { readBack: lookOf(found?.readBack), restored: lookOf(found?.restored) };
}

function lookOf(look: LastLook | null | undefined): LastLook | null {
  return look === null || look === undefined ? null : { at: look.at, ok: look.ok };
}

/** When an archive was last read back or restored and found whole, in milliseconds since the epoch. */
export function foundWholeAt({ readBack, restored }: LastLooks): number | undefined {
  const times = [readBack, restored].flatMap((look) => (look?.ok === true ? [Date.parse(look.at)] : []));
  return times.length === 0 ? undefined : Math.max(...times);
}

/** When it was last restored by a test, and well; in milliseconds since the epoch. */
export function restoredAt({ restored }: LastLooks): number | undefined {
  return restored?.ok === true ? Date.parse(restored.at) : undefined;
}

/** Whether the last look of either kind found something wrong with it. */
export function isDamaged({ readBack, restored }: LastLooks): boolean {
  return readBack?.ok === false || restored?.ok === false;
}

/**
 * Whether an archive was not found whole for too long. One that never was counts from when it was stored; one that is
 * damaged is more than unverified.
 * @param maxAge milliseconds; `undefined`: none ever is
 */
export function isUnverified(
  { lastModified }: { readonly lastModified: Date },
  looks: LastLooks,
  maxAge: number | undefined,
  now: number,
): boolean {
  if (maxAge === undefined || isDamaged(looks)) return false;
  return now - (foundWholeAt(looks) ?? lastModified.getTime()) > maxAge;
}
