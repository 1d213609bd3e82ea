import type { EventContext, EventFields, EventName, Events, Level } from './events.ts';

/** The events that are emitted at a level. */
type EventsAt<L extends Level> = {
  [Name in EventName]: L extends Events[Name]['level'] ? Name : never;
}[EventName];

type Emit<L extends Level> = <Name extends EventsAt<L>>(
  event: Name,
  fields: EventFields<Name>,
  message?: string,
) => void;

/**
 * Where events are emitted, each at its level. A name or a field that `Events` does not have is a type error.
 * `message` is the sentence for the person who reads the line; an error belongs in `fields.error` as an `ArchiverError`.
 */
export interface EventLog {
  readonly debug: Emit<'debug'>;
  readonly info: Emit<'info'>;
  readonly warn: Emit<'warn'>;
  readonly error: Emit<'error'>;
  readonly fatal: Emit<'fatal'>;
  /** A log whose every event carries `context` as well. */
  child(context: EventContext): EventLog;
}
