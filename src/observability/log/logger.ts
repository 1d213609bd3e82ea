import { type Level, pino } from 'pino';
import type { Clock } from '../../ports/clock.ts';
import type { EventFields, EventLog } from '../../ports/event-log.ts';
import type { Weight } from '../../process/descriptor-writer.ts';
import type { Scrubber } from '../../redaction/scrubber.ts';
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
 * pino behind the port. One event a line: `level`, `time` (ISO-8601, UTC), `event`, what the children of the
 * log carry (`runId`, `database`), the event's own fields, and `msg`.
 */
export function createLogger({ level, format, colors, clock, scrubber, write }: LoggerOptions): EventLog {
  const pretty = format === 'pretty' ? prettyLine(colors) : (line: string) => line;
  const logger = pino(
    {
      level,
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

  const bind = (bindings: EventFields): EventLog => {
    const log = (at: Level) => (event: string, fields?: EventFields, message?: string) => {
      if (!logger.isLevelEnabled(at)) return;
      // Merged here and not by pino's children, which would write a key twice when both carry it.
      const all = { event, ...printableFields({ ...bindings, ...fields }) };
      weight = at === 'debug' || at === 'info' ? 'spare' : 'needed';
      if (message === undefined) logger[at](all);
      else logger[at](all, message);
    };
    return {
      debug: log('debug'),
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
      fatal: log('fatal'),
      child: (fields) => bind({ ...bindings, ...fields }),
    };
  };
  return bind({});
}
