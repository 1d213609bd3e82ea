import type { Finding, Reporter } from './finding.ts';

const MINUTE = 60_000;
/** Stores refuse a request that is signed 15 minutes beside their time (RequestTimeTooSkewed). */
const TOO_FAR = 10 * MINUTE;

/**
 * Whether this machine's clock agrees with that of a service.
 * @param offset milliseconds by which the other clock is ahead of ours; `undefined`: no response has shown it
 * @param signs whether the service refuses requests by their time
 */
export function judgeClock(
  report: Reporter,
  offset: number | undefined,
  { signs }: { readonly signs: boolean },
): Finding[] {
  if (offset === undefined) return [];
  const off = Math.abs(offset);
  if (off <= MINUTE) return [report.ok('clock', 'the clocks agree to the minute')];
  const says = `this machine's clock is ${about(off)} ${offset > 0 ? 'behind' : 'ahead'}`;
  const remedy =
    'Set the clock of this machine (NTP): schedules, retention and signatures go by it, and a store refuses what is more than 15 minutes off.';
  return [signs && off > TOO_FAR ? report.fail('clock', says, remedy) : report.warn('clock', says, remedy)];
}

/** To the minute, or the hour: a response says its time in whole seconds, and has been on its way. */
function about(milliseconds: number): string {
  const minutes = Math.round(milliseconds / MINUTE);
  if (minutes < 180) return minutes === 1 ? 'a minute' : `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
