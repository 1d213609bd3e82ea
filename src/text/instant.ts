const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?:(Z)|([+-]\d{2}):?(\d{2}))$/i;

/**
 * Reads a time with its offset from UTC (RFC 3339). Without an offset a time means another instant on each machine.
 * @returns `undefined` for anything else, and where the year in UTC does not have four digits: keys and manifests
 *   could not be written with it
 */
export function parseInstant(text: string): Date | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, day = '', clock = '', fraction = '0', zulu, hours, minutes] = match;
  const offset = zulu === undefined ? `${hours}:${minutes}` : 'Z';
  const time = new Date(`${day}T${clock}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`);
  // 31 February rolls over in some parsers: the day must read back.
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(time.getTime()) || Number.isNaN(midnight.getTime())) return undefined;
  if (!midnight.toISOString().startsWith(day)) return undefined;
  // Outside of 0000 to 9999 an ISO time begins with a sign.
  return /^\d/.test(time.toISOString()) ? time : undefined;
}
