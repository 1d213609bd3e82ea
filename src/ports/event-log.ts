/** Fields of one event: JSON values only. No token, signed URL or key belongs here. */
export type EventFields = Readonly<Record<string, unknown>>;

/**
 * What happened, as stable dotted names that users alert on (`archive.completed`). `message` is the
 * sentence for the person who reads the line; an error belongs in `fields.error` as an `ArchiverError`.
 */
export interface EventLog {
  debug(event: string, fields?: EventFields, message?: string): void;
  info(event: string, fields?: EventFields, message?: string): void;
  warn(event: string, fields?: EventFields, message?: string): void;
  error(event: string, fields?: EventFields, message?: string): void;
  fatal(event: string, fields?: EventFields, message?: string): void;
  /** A log whose every event carries `fields` as well (`runId`, `database`). */
  child(fields: EventFields): EventLog;
}
