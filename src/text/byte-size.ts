import { scaleDecimal } from './decimal.ts';

const FACTORS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/**
 * Reads `64MiB`, `5 GB`, `1048576` (bytes).
 * @returns whole bytes, or `undefined` where the text is not a size that a number can hold exactly
 */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(B|[KMGT]i?B)?$/.exec(text.trim());
  if (match === null) return undefined;
  const factor = FACTORS[match[2] ?? 'B'];
  return factor === undefined ? undefined : scaleDecimal(match[1] ?? '', factor);
}

/** Bytes, or bytes a second, for a person: `512 B`, `1.0 GiB`, `16.3 GiB`. Binary units, one decimal. */
export function formatByteSize(bytes: number): string {
  const whole = Math.round(bytes);
  if (whole < 1024) return `${whole} B`;
  let value = bytes;
  for (const unit of ['KiB', 'MiB', 'GiB']) {
    value /= 1024;
    if (value < 1023.95) return `${value.toFixed(1)} ${unit}`;
  }
  return `${(value / 1024).toFixed(1)} TiB`;
}
