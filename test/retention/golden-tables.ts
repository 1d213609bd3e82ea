import { CALENDAR_TABLES } from './golden-calendar.ts';
import { GUARDS_TABLES } from './golden-guards.ts';
import { LEAP_TABLES } from './golden-leap.ts';
import { NIGHTS_TABLES } from './golden-nights.ts';
import type { GoldenTable } from './golden-table.ts';
import { ZONES_TABLES } from './golden-zones.ts';

/** Every golden table. Those marked `restic` are asked of restic itself in `test/real`. */
export const GOLDEN_TABLES: readonly GoldenTable[] = [
  ...NIGHTS_TABLES,
  ...CALENDAR_TABLES,
  ...LEAP_TABLES,
  ...ZONES_TABLES,
  ...GUARDS_TABLES,
];
