import * as http from './http-formats.ts';
import type { Format } from './reading.ts';
import * as scalar from './scalar-formats.ts';
import * as server from './server-formats.ts';
import * as store from './store-formats.ts';
import * as time from './time-formats.ts';

/**
 * Every format of the schema by name. None has the name of one of convict's own (`boolean`, `int`,
 * `port`, …): convict would convert such a value before it is checked, and reads `no` as true.
 */
export const formats = { ...scalar, ...store, ...time, ...http, ...server } satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

/** What the program gets of a format. */
export type FormatValue<N extends FormatName> = (typeof formats)[N] extends Format<infer T> ? T : never;

export function formatOf(name: FormatName): Format {
  return formats[name];
}
