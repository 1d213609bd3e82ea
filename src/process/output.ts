import { isatty } from 'node:tty';
import type { Scrubber } from '../redaction/output-scrubber.ts';
import { escapeUnseen } from '../text/unseen.ts';
import { DescriptorWriter, type Weight } from './descriptor-writer.ts';

/** Characters that are looked through for secrets at once. */
const PIECE = 128 * 1024;
/** A person may leave a pager open for a while; what nothing has read for so long is given up. Milliseconds. */
const PRINT_IDLE_LIMIT = 3_600_000;
/** When all is done: without a byte taken, and in all. Milliseconds. */
const END_LIMITS = { idleLimit: 2_000, longest: 5_000 };

/** Standard output or standard error. */
export interface Output {
  /**
   * Writes whole lines, scrubbed: before it returns where the reader reads, and so soon as it does where not. It
   * never throws and never waits: a reader that went away (EPIPE) or does not read, or a full disk, must not cost a
   * backup. What is `spare` is dropped first.
   */
  write(text: string, weight?: Weight): void;
  /** Whether something waits for the reader. */
  readonly isBehind: boolean;
  /** Whether a person watches, on a terminal where the cursor can be moved. */
  readonly isTerminal: boolean;
  /** Whether colours are understood and wanted (https://no-color.org). */
  readonly hasColors: boolean;
  /** The terminal's width in characters, now; 80 where there is none. */
  columns(): number;
}

/** One of the two, as the program opens it. */
export interface StandardOutput extends Output {
  /**
   * Writes what was asked for, all of it: waits for the reader, an hour without a byte taken at most.
   * @returns why it could not be written (`ENOSPC`), `undefined` where it was, or where the reader went away
   */
  print(text: string, signal?: AbortSignal): Promise<string | undefined>;
  /** Has `report` called with how many lines were dropped, once there is room again. */
  onDropped(report: (lines: number) => void): void;
}

/** One for each, however often it is opened: what is written to either keeps its order. */
const writers = new Map<1 | 2, DescriptorWriter>();

export function openOutput(fd: 1 | 2, scrubber: Scrubber): StandardOutput {
  const writer = writers.get(fd) ?? new DescriptorWriter(fd);
  writers.set(fd, writer);
  const shown = (text: string) => escapeUnseen(scrubber.scrub(text));
  const isTerminal = isatty(fd) && process.env.TERM !== 'dumb';
  const terminal = isTerminal ? (fd === 1 ? process.stdout : process.stderr) : undefined;
  return {
    write(text, weight = 'needed') {
      for (const piece of wholeLines(text)) writer.write(shown(piece), weight);
    },
    async print(text, signal) {
      for (const piece of wholeLines(text)) writer.enqueue(shown(piece));
      if (await writer.drained({ idleLimit: PRINT_IDLE_LIMIT, signal })) return undefined;
      writer.discard();
      return writer.failure ?? (signal?.aborted === true ? 'stopped' : 'nothing reads it');
    },
    onDropped(report) {
      writer.onDropped = report;
    },
    get isBehind() {
      return writer.isBehind;
    },
    isTerminal,
    hasColors: terminal?.hasColors() ?? false,
    columns: () => terminal?.columns ?? 80,
  };
}

/**
 * Waits for those who read the two, for a few seconds at most.
 * @returns whether everything is written that could be: where not, nothing but the exit is left to do
 */
export async function settleOutputs(): Promise<boolean> {
  const settled = await Promise.all([...writers.values()].map((writer) => writer.drained(END_LIMITS)));
  return settled.every((isWritten) => isWritten);
}

/** The text in pieces that end with a line, since a secret must not be cut in two. */
function* wholeLines(text: string): Generator<string> {
  let from = 0;
  while (text.length - from > PIECE) {
    const end = text.indexOf('\n', from + PIECE - 1) + 1;
    if (end === 0) break;
    yield text.slice(from, end);
    from = end;
  }
  yield text.slice(from);
}
