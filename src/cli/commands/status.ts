import type { Config, DatabaseConfig } from '../../config/schema/config.ts';
import { lookAtDatabases } from '../../recovery/status/database-status.ts';
import { lateSlot } from '../../schedule/late-slot.ts';
import type { AppContext } from '../app-context.ts';
import { EXIT } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { type Print, printInPieces } from '../render/print-in-pieces.ts';
import { type JudgedDatabase, judge, statusJson, statusTable } from '../render/status-report.ts';
import { screenWidth } from '../screen-width.ts';
import { unverifiedAfter } from '../unverified-after.ts';
import { withStore } from '../with-store.ts';

/**
 * `status`: how each database stands, from the bucket alone.
 * @returns the exit code: 1 when any of them needs a person
 */
export async function statusVerb(
  config: Config,
  { json }: Invocation,
  context: AppContext,
  print: Print,
): Promise<number> {
  return withStore(config, context, async (store, signal) => {
    const databases = config.databases.map(({ name }) => name);
    const now = context.clock.now();
    const { sizeDrop } = config.alarm;
    const looking = { store, databases, sizeDrop, unverifiedAfter: unverifiedAfter(config.verify), now };
    const found = await lookAtDatabases(looking, signal);
    const judged = found.map((status): JudgedDatabase => {
      const configured = config.databases.find(({ name }) => name === status.database);
      // Of one whose manifest cannot be used the store knows when it came.
      const archivedAt =
        status.manifest === undefined
          ? status.newest?.lastModified.getTime()
          : Date.parse(status.manifest.archivedAt);
      const late = configured && lateSlot(configured.schedule, archivedAt, now, graceOf(configured));
      return judge(status, configured !== undefined, late);
    });
    await printInPieces(
      json ? statusJson(judged) : statusTable(judged, now, screenWidth(context)),
      print,
      signal,
    );
    // None at all: the prefix may be a wrong one.
    const isWell = judged.length > 0 && judged.every(({ faults }) => faults.length === 0);
    return isWell ? EXIT.done : EXIT.failed;
  });
}

/** Scalingo's own backups come once a day: a slot of a mode that takes those may have nothing to take. */
const OWN_BACKUPS_EVERY = 86_400_000;

/** How long a slot may be without its archive, in milliseconds. */
function graceOf({ backup, schedule }: DatabaseConfig): number {
  return backup.timeout + schedule.jitter + (backup.mode === 'create' ? 0 : OWN_BACKUPS_EVERY);
}
