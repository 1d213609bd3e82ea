import type { EventFields, EventLog } from '../../ports/event-log.ts';

/** Hears of every event, whatever its level, with the fields of its log and its own. */
export type EventObserver = (event: string, fields: EventFields) => void;

/**
 * A log that tells an observer what it is told, so that who counts needs nothing of those who work. An
 * observer that throws is a defect that must cost no backup: it is logged, `metrics.failed`, and passed over.
 */
export function observeEvents(log: EventLog, observer: EventObserver, bindings: EventFields = {}): EventLog {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error' | 'fatal') =>
    (event: string, fields?: EventFields, message?: string): void => {
      log[level](event, fields, message);
      try {
        observer(event, { ...bindings, ...fields });
      } catch (error) {
        log.error('metrics.failed', { observed: event, error }, 'an event could not be counted');
      }
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
    child: (fields) => observeEvents(log.child(fields), observer, { ...bindings, ...fields }),
  };
}
