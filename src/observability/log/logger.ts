import { pino } from 'pino';
import type { Clock } from '../../ports/clock.ts';
import type { EventSubscriber } from '../../ports/events.ts';
import type { Weight } from '../../process/descriptor-writer.ts';
import type { Scrubber } from '../../redaction/output-scrubber.ts';
import { printableFields } from './log-fields.ts';
import { prettyLine } from './pretty-line.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
export type LogFormat = 'json' | 'pretty';

export interface LoggerOptions {
  /** Events below it are not written. */
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Colours in `pretty`. */
  readonly colors: boolean;
  readonly clock: Clock;
  readonly scrubber: Scrubber;
  /** Takes whole lines, their line ends included. Warnings and errors are `needed`, the others `spare`. */
  readonly write: (text: string, weight: Weight) => void;
}

/**
 * Writes events by pino, one a line: `level`, `time` (ISO-8601, UTC), `event`, what it belongs to (`runId`,
 * `database`), the event's own fields, and `msg`.
 */
export function createLogger(options: LoggerOptions): EventSubscriber {
  const { level: lowest, format, colors, clock, scrubber, write } = options;
  const pretty = format === 'pretty' ? prettyLine(colors) : (line: string) => line;
  const logger = pino(
    {
      level: lowest,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // pino's own serialiser prints whatever an error-like object carries; ours have been there before it.
      serializers: { err: (value: unknown) => value },
    },
    // Scrubbed while it is JSON: in the pretty line a field may be wrapped, coloured or unescaped.
    { write: (line: string) => write(pretty(scrubber.scrub(line)), weight) },
  );
  // Of the line that is being written: pino does so before it returns.
  let weight: Weight = 'needed';

  return ({ event, level, fields, message }) => {
    if (!logger.isLevelEnabled(level)) return;
    const all = { event, ...printableFields(fields) };
    weight = level === 'debug' || level === 'info' ? 'spare' : 'needed';
    if (message === undefined) logger[level](all);
    else logger[level](all, message);
  };
}
