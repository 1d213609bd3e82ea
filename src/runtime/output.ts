import { isatty } from 'node:tty';
import { pino } from 'pino';
import type { Scrubber } from './scrubber.ts';

/** Unwritten text that is kept while a disk is full, in bytes; what comes then is dropped. */
const KEPT_WHILE_STUCK = 2 ** 20;
/** Characters written at once: what is longer than the above in one piece would be dropped without a word. */
const PIECE = KEPT_WHILE_STUCK / 8;

/** Standard output or standard error. */
export interface Output {
  /**
   * Writes whole lines, scrubbed, before it returns: nothing is lost however the process ends. It never
   * throws: a reader that went away (EPIPE) or a full disk must not cost a backup. After EPIPE it is mute.
   */
  write(text: string): void;
  /**
   * The system's code for why something could not be written (`ENOSPC`), once that has happened. A reader that
   * went away has seen what it wanted: EPIPE is none.
   */
  readonly failure: string | undefined;
  /** Whether a person watches, on a terminal where the cursor can be moved. */
  readonly isTerminal: boolean;
  /** Whether colours are understood and wanted (https://no-color.org). */
  readonly hasColors: boolean;
  /** The terminal's width in characters, now; 80 where there is none. */
  columns(): number;
}

export function openOutput(fd: 1 | 2, scrubber: Scrubber): Output {
  const destination = pino.destination({ dest: fd, sync: true, maxLength: KEPT_WHILE_STUCK });
  let failure: string | undefined;
  // pino itself goes mute on EPIPE and throws the rest from within `write`, unless somebody listens.
  destination.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') failure ??= code ?? 'unknown';
  });
  const isTerminal = isatty(fd) && process.env.TERM !== 'dumb';
  // Looked at only on a terminal: the getter opens the stream, which is for others to do on a pipe.
  const terminal = isTerminal ? (fd === 1 ? process.stdout : process.stderr) : undefined;
  return {
    write: (text) => {
      for (const piece of wholeLines(text)) destination.write(scrubber.scrub(piece));
    },
    get failure() {
      return failure;
    },
    isTerminal,
    hasColors: terminal?.hasColors() ?? false,
    columns: () => terminal?.columns ?? 80,
  };
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
