import { toArchiverError } from '../model/errors.ts';

/** `ok`: as it should be; `warn`: it works, and what follows is to be known; `fail`: a run will not do what is configured. */
export type Level = 'ok' | 'warn' | 'fail';

/** One line of `check`. */
export interface Finding {
  /** Stable: `store.delete`. */
  readonly id: string;
  /** `store`, `database shop`. */
  readonly subject: string;
  readonly level: Level;
  /** What was found, as a sentence without its full stop. */
  readonly says: string;
  /** What to do about it. */
  readonly remedy?: string | undefined;
}

/** What all lines of one subject share. */
export interface Reporter {
  ok(id: string, says: string): Finding;
  warn(id: string, says: string, remedy?: string): Finding;
  fail(id: string, says: string, remedy?: string): Finding;
  /** What cannot be done, as a sentence; why, and the hint of the error. */
  failed(id: string, what: string, error: unknown): Finding;
}

/** @param area begins each id: `store` makes `store.delete` of `delete` */
export function reporterOf(area: string, subject: string): Reporter {
  const line = (level: Level) => (id: string, says: string, remedy?: string) => {
    const found: Finding = { id: `${area}.${id}`, subject, level, says };
    return remedy === undefined ? found : { ...found, remedy };
  };
  return {
    ok: line('ok'),
    warn: line('warn'),
    fail: line('fail'),
    failed: (id, what, error) => {
      const { message, hint } = toArchiverError(error);
      return line('fail')(id, `${what}: ${message}`, hint);
    },
  };
}
