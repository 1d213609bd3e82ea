const DURATIONS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
] as const;
const SIZES = [
  ['TiB', 2 ** 40],
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const;

/** Milliseconds in the largest unit that writes them exactly, as the configuration reads them: `90s`, `6h`. */
export function exactDuration(ms: number): string {
  return ms === 0 ? '0s' : exact(ms, DURATIONS, 'ms');
}

/** Bytes in the largest unit that writes them exactly: `64MiB`, `5000001B`. */
export function exactSize(bytes: number): string {
  return exact(bytes, SIZES, 'B');
}

function exact(amount: number, units: readonly (readonly [string, number])[], smallest: string): string {
  const unit = units.find(([, factor]) => amount % factor === 0);
  return unit === undefined ? `${amount}${smallest}` : `${amount / unit[1]}${unit[0]}`;
}
