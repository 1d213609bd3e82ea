import { formatByteSize } from '../../text/byte-size.ts';
import { formatDuration } from '../../text/duration.ts';
import { percentOf } from './transfer-rate.ts';

/** What a bar shows. */
export interface BarState {
  readonly name: string;
  readonly bytes: number;
  readonly totalBytes: number | null;
  readonly bytesPerSecond: number;
  readonly etaSeconds: number | null;
}

const NAME_WIDTH = 20;
const LONGEST_BAR = 40;
const SHORTEST_BAR = 8;
/** `1023.9 MiB`, `59m 59s left`: beside numbers of a fixed width the bar keeps its length. */
const SIZE_WIDTH = 10;
const LEFT_WIDTH = 12;

/**
 * `shop-db  ██████████░░░░░░░░░░  52%  530.2 MiB of 1.0 GiB  210.4 MiB/s  3 s left`, at most `columns` characters: on a
 * narrow terminal the rate goes first, on a narrower one the blocks go instead, then what stands at the end.
 */
export function formatBar(state: BarState, columns: number): string {
  const { name, bytes, totalBytes } = state;
  const label = name.length > NAME_WIDTH ? `${name.slice(0, NAME_WIDTH - 1)}…` : name.padEnd(NAME_WIDTH);
  for (const withRate of [true, false]) {
    const numbers = numbersOf(state, withRate, true);
    const length = Math.min(columns - label.length - numbers.length - 4, LONGEST_BAR);
    if (totalBytes === null || length < SHORTEST_BAR) continue;
    return `${label}  ${drawBar(bytes, totalBytes, length)}  ${numbers}`.trimEnd();
  }
  return `${label}  ${numbersOf(state, true, false)}`.slice(0, Math.max(0, columns));
}

function numbersOf(
  { bytes, totalBytes, bytesPerSecond, etaSeconds }: BarState,
  withRate: boolean,
  isPadded: boolean,
): string {
  const percent = percentOf(bytes, totalBytes);
  const pad = (text: string, width: number) => (isPadded ? text.padStart(width) : text);
  const through = pad(formatByteSize(bytes), SIZE_WIDTH);
  const left = etaSeconds === null ? '' : `${secondsLeft(etaSeconds)} left`;
  return [
    ...(percent === null ? [] : [`${percent}%`.padStart(4)]),
    totalBytes === null ? through : `${through} of ${formatByteSize(totalBytes)}`,
    ...(withRate ? [pad(`${formatByteSize(bytesPerSecond)}/s`, SIZE_WIDTH + 2)] : []),
    ...(isPadded ? [left.padStart(LEFT_WIDTH)] : left === '' ? [] : [left]),
  ].join('  ');
}

/** Whole seconds are all that is known. */
function secondsLeft(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1000);
}

function drawBar(bytes: number, totalBytes: number, length: number): string {
  const share = totalBytes <= 0 ? 1 : Math.min(1, Math.max(0, bytes / totalBytes));
  const full = Math.floor(share * length);
  return '█'.repeat(full) + '░'.repeat(length - full);
}
