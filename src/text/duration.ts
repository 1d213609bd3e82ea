import { scaleDecimal } from './decimal.ts';

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads `200ms`, `90s`, `15m`, `12h`, `7d`; a unit is required, except for `0`.
 * @returns whole milliseconds, or `undefined` where the text is no duration
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(trimmed);
  if (match === null) return undefined;
  const factor = MILLISECONDS[match[2] ?? ''];
  return factor === undefined ? undefined : scaleDecimal(match[1] ?? '', factor);
}

/** Milliseconds for a person, in the largest unit that reads well: `850 ms`, `12.4 s`, `3m 20s`, `5h 12m`, `3d 4h`. */
export function formatDuration(ms: number): string {
  if (Math.round(ms) < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(seconds, 60, 'm', 1, 's');
  if (seconds < 86_400) return pair(seconds, 3600, 'h', 60, 'm');
  return pair(seconds, 86_400, 'd', 3600, 'h');
}

function pair(seconds: number, major: number, majorUnit: string, minor: number, minorUnit: string): string {
  return `${Math.floor(seconds / major)}${majorUnit} ${Math.floor((seconds % major) / minor)}${minorUnit}`;
}
