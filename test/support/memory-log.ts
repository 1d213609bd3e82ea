import { dispatchEvents } from '../../src/observability/event-dispatcher.ts';
import type { EventContext } from '../../src/ports/events.ts';
import type { AnyFields } from './any-log.ts';

export interface LoggedEvent {
  readonly level: string;
  readonly event: string;
  readonly fields: AnyFields;
  readonly message: string | undefined;
}

/** A log that keeps what it is told. */
export function memoryLog(context: EventContext = {}, events: LoggedEvent[] = []) {
  const { log, subscribe } = dispatchEvents(
    (event) => void events.push({ ...event, fields: { ...event.fields } }),
  );
  return { log: log.child(context), subscribe, events };
}
