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

/**
 * `shop-db  ██████████░░░░░░░░░░  52%  530.2 MiB of 1.0 GiB  210.4 MiB/s  2.4 s left`, at most `columns`
 * characters: on a narrow terminal the bar goes first, then what stands at the end.
 */
export function formatBar(state: BarState, columns: number): string {
  const { name, bytes, totalBytes, bytesPerSecond, etaSeconds } = state;
  const percent = percentOf(bytes, totalBytes);
  const label = name.length > NAME_WIDTH ? `${name.slice(0, NAME_WIDTH - 1)}…` : name.padEnd(NAME_WIDTH);
  const facts = [
    ...(percent === null ? [] : [`${percent}%`.padStart(4)]),
    totalBytes === null ? formatByteSize(bytes) : `${formatByteSize(bytes)} of ${formatByteSize(totalBytes)}`,
    `${formatByteSize(bytesPerSecond)}/s`,
    ...(etaSeconds === null ? [] : [`${formatDuration(etaSeconds * 1000)} left`]),
  ].join('  ');
  const room = columns - label.length - facts.length - 4;
  const length = Math.min(room, LONGEST_BAR);
  const bar = percent === null || length < SHORTEST_BAR ? '' : `${drawBar(bytes, totalBytes, length)}  `;
  return `${label}  ${bar}${facts}`.slice(0, Math.max(0, columns));
}

function drawBar(bytes: number, totalBytes: number | null, length: number): string {
  const share = totalBytes === null || totalBytes <= 0 ? 1 : Math.min(1, Math.max(0, bytes / totalBytes));
  const full = Math.floor(share * length);
  return '█'.repeat(full) + '░'.repeat(length - full);
}
