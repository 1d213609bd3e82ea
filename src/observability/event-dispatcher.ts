import type { EventLog } from '../ports/event-log.ts';
import type { EmittedEvent, EventContext, EventSubscriber, Level } from '../ports/events.ts';

/** The events of one process: what is emitted in `log`, or in a child of it, goes to each subscriber. */
export interface EventDispatcher {
  readonly log: EventLog;
  /** Adds a subscriber: it gets the events from now on, also of children of the log that are there already. */
  subscribe(subscriber: EventSubscriber): void;
}

/**
 * A dispatcher whose first subscriber writes the log. A further one that throws is a defect that must cost no backup:
 * the log gets `metrics.failed`, and the work goes on.
 */
export function dispatchEvents(write: EventSubscriber): EventDispatcher {
  const subscribers: EventSubscriber[] = [];
  const logOf = (context: EventContext): EventLog => {
    const emit = (emitted: EmittedEvent) => {
      write(emitted);
      for (const subscriber of subscribers) {
        try {
          subscriber(emitted);
        } catch (error) {
          const fields = { ...context, observed: emitted.event, error };
          write({
            event: 'metrics.failed',
            level: 'error',
            fields,
            message: 'an event could not be counted',
          });
        }
      }
    };
    // `EventLog` has checked that name, level and fields belong together.
    const at = (level: Level) => (event: string, fields: object, message?: string) =>
      emit({ event, level, fields: { ...context, ...fields }, message } as EmittedEvent);
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      fatal: at('fatal'),
      child: (further) => logOf({ ...context, ...further }),
    };
  };
  return { log: logOf({}), subscribe: (subscriber) => void subscribers.push(subscriber) };
}
