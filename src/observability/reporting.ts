import type { Clock } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { TransferProgress } from '../ports/transfer-progress.ts';
import type { Weight } from '../process/descriptor-writer.ts';
import { openOutput } from '../process/output.ts';
import type { Scrubber } from '../redaction/output-scrubber.ts';
import { dispatchEvents, type EventDispatcher } from './event-dispatcher.ts';
import { createLogger, type LogFormat, type LogLevel } from './log/logger.ts';
import { barProgress, logProgress } from './progress/log-progress.ts';
import { TerminalScreen } from './progress/terminal-screen.ts';

export interface ReportingOptions {
  /** Where the log goes: 1, standard output (`run`, `daemon`); 2, standard error (the verbs that print). */
  readonly fd: 1 | 2;
  readonly level: LogLevel;
  /** `auto`: `pretty` on a terminal, `json` elsewhere. */
  readonly format: LogFormat | 'auto';
  readonly clock: Clock;
  readonly scrubber: Scrubber;
}

/** All that the program says while it works. */
export interface Reporting extends EventDispatcher {
  /** Bars on a terminal with `pretty`, else `archive.progress` in `log`: give it the run's own child. */
  progress(log: EventLog): TransferProgress;
  /** Takes bars that still stand off the terminal. */
  close(): void;
}

export function openReporting({ fd, level, format, clock, scrubber }: ReportingOptions): Reporting {
  const output = openOutput(fd, scrubber);
  const chosen = format === 'auto' ? (output.isTerminal ? 'pretty' : 'json') : format;
  const screen = output.isTerminal && chosen === 'pretty' ? new TerminalScreen(output) : undefined;
  const write = (text: string, weight?: Weight) => (screen ?? output).write(text, weight);
  const events = dispatchEvents(
    createLogger({ level, format: chosen, colors: output.hasColors, clock, scrubber, write }),
  );
  output.onDropped((lines) =>
    events.log.warn('log.dropped', { lines }, `${lines} lines were dropped while nothing read the log`),
  );
  return {
    ...events,
    progress: (of) => (screen === undefined ? logProgress(of, clock) : barProgress(screen, clock)),
    close: () => screen?.close(),
  };
}
