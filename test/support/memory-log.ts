import type { EventFields, EventLog } from '../../src/ports/event-log.ts';

export interface LoggedEvent {
  readonly level: string;
  readonly event: string;
  readonly fields: EventFields;
  readonly message: string | undefined;
}

/** A log that keeps what it is told. */
export function memoryLog(bindings: EventFields = {}, events: LoggedEvent[] = []) {
  const at = (level: string) => (event: string, fields?: EventFields, message?: string) =>
    void events.push({ level, event, fields: { ...bindings, ...fields }, message });
  const log: EventLog = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: (fields) => memoryLog({ ...bindings, ...fields }, events).log,
  };
  return { log, events };
}
