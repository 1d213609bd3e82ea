import type { EventLog } from '../../src/ports/event-log.ts';
import type { EmittedEvent, EventContext, EventName, Level } from '../../src/ports/events.ts';

export type AnyFields = Readonly<Record<string, unknown>>;

type Emit = (event: string, fields?: AnyFields, message?: string) => void;

/** A log that takes every event and field: for what prints or passes on events, whatever they are. */
export type AnyLog = Readonly<Record<Level, Emit>> & { child(context: EventContext): AnyLog };

export function anyLog(log: EventLog): AnyLog {
  return log as unknown as AnyLog;
}

/** An event with no more fields than a test is about. */
export function anyEvent(event: EventName, fields: AnyFields): EmittedEvent {
  return { event, level: 'info', fields, message: undefined } as unknown as EmittedEvent;
}
