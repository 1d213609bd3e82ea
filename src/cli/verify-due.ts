import type { Config } from '../config/schema/config.ts';
import { hasCode, mayPass, toArchiverError } from '../model/errors.ts';
import type { ArchiveStore, ListedObject } from '../ports/archive-store.ts';
import type { EventLog } from '../ports/event-log.ts';
import { bytesOf, dueArchives, isOverdue, type Pace } from '../recovery/verify/due-archives.ts';
import { lostArchives } from '../recovery/verify/lost-archives.ts';
import { type Verdict, type Verifying, verifyArchives } from '../recovery/verify/verify-archives.ts';
import { countSlots } from '../schedule/count-slots.ts';
import { Slots } from '../schedule/slots.ts';
import type { Adapters, AppContext } from './app-context.ts';
import { openReading } from './archive-reading.ts';
import { beginReported, faultOf } from './notified-fault.ts';

/** A job may start a little before its time by its own clock, in milliseconds: it works on that slot all the same. */
const EARLY = 60_000;
/** Others take the place of archives that cannot be read; after so many of them that ends. */
const MOST_UNREAD = 100;
/** After so many one after the other that met an outage the store is away, and not some of its objects. */
const MOST_OUTAGES = 10;

export interface DueVerifying {
  readonly config: Config;
  /** The pattern of `verify.cron`. */
  readonly cron: string;
  readonly context: AppContext;
  readonly store: Adapters['store'];
  /** Only these; empty: those of the configuration, or all of the bucket where it names none. */
  readonly databases: readonly string[];
  /** For the log and what is reported: why it is done. */
  readonly trigger: string;
}

/**
 * Reads back the share of the archives that is due in the slot of `verify.cron` that has begun last, and reports what is
 * wrong. An archive whose object is gone is wrong in each slot.
 * @throws StoreError where the archives cannot be listed; the signal's reason
 */
export async function verifyDue(due: DueVerifying, signal: AbortSignal): Promise<Verdict[]> {
  const { context, trigger } = due;
  const { log, startedAt, report } = beginReported(context, 'verify.failed', trigger);
  let verdicts: Verdict[];
  try {
    verdicts = await readShare(due, log, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toArchiverError(thrown);
    const what = 'the archives that are due cannot be read back';
    log.error('verify.failed', { deep: true, error }, `${what}: ${error.message}`);
    report(0, [faultOf('all databases', error)]);
    throw error;
  }
  const count = (test: (verdict: Verdict) => boolean) => verdicts.filter(test).length;
  const fields = {
    archives: verdicts.length,
    whole: count(({ ok }) => ok),
    damaged: count((verdict) => !verdict.ok && verdict.isFault),
    unread: count((verdict) => !verdict.ok && !verdict.isFault),
    unnoted: count(({ unnoted }) => unnoted !== undefined),
    durationMs: context.clock.now() - startedAt,
  };
  const { damaged, unread } = fields;
  const text = `archives read back: ${fields.archives}, ${damaged} damaged, ${unread} could not be read`;
  if (isAllWell(verdicts)) log.info('verify.completed', fields, text);
  else log.error('verify.completed', fields, text);
  report(
    verdicts.length,
    verdicts.flatMap((each) =>
      [each.ok ? undefined : each.error, each.unnoted]
        .filter((error) => error !== undefined)
        .map((error) => faultOf(each.archive.database, error)),
    ),
  );
  return verdicts;
}

/** Whether all that was due was read, is whole, and is written down: else the next slot reads it again. */
export function isAllWell(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(({ ok, unnoted }) => ok && unnoted === undefined);
}

/**
 * What is due, in the order in which it is read; others in the place of what cannot be read, unless the store is away. Else one
 * archive that fails each time would be the longest unread for ever, and the only one that is tried.
 */
async function readShare(due: DueVerifying, log: EventLog, signal: AbortSignal): Promise<Verdict[]> {
  const { config, context } = due;
  const { clock, version } = context;
  const store = due.store.heardBy(log);
  const { archives, lost, pace } = await look(due, store, signal);
  const open: Verifying['open'] = (found, ownLog) =>
    openReading(found, due.store, ownLog, { config, context });
  const verifying: Verifying = { store, deep: true, open, clock, log, version };
  const verdicts: Verdict[] = [];
  let waiting = archives;
  let share = dueArchives(waiting, pace);
  log.info(
    'verify.started',
    {
      archives: share.length,
      bytes: bytesOf(share),
      ofArchives: archives.length,
      ofBytes: bytesOf(archives),
      slot: new Date(pace.slotBegan).toISOString(),
    },
    `archives that are due to be read back: ${share.length} of ${archives.length}`,
  );
  // What takes the place of one that is overdue is overdue too, so these come first, and by themselves.
  const firstOf = (all: readonly ListedObject[]): readonly ListedObject[] => {
    const overdue = all.filter((archive) => isOverdue(archive, pace));
    return overdue.length > 0 ? overdue : all;
  };
  for (
    let next: readonly ListedObject[] = [...lost, ...firstOf(share)];
    next.length > 0;
    next = firstOf(share)
  ) {
    const found = await verifyArchives(verifying, next, signal);
    verdicts.push(...found);
    if (isInVain(verdicts)) break;
    const readAt = new Date(Math.max(pace.now, pace.slotBegan));
    const done = new Map(found.map((each) => [each.archive.key, each]));
    waiting = waiting.flatMap((archive) => {
      const verdict = done.get(archive.key);
      if (verdict === undefined) return [archive];
      return wasRead(verdict) ? [{ ...archive, verifiedAt: readAt }] : [];
    });
    share = dueArchives(waiting, pace);
  }
  return verdicts;
}

/**
 * Whether others would be tried in vain. What is wrong by itself (its object is gone, its manifest is no manifest, it lies in
 * cold storage) says nothing of others, however many there are.
 */
function isInVain(verdicts: readonly Verdict[]): boolean {
  const unread = verdicts.filter(
    (each) => !each.ok && !each.isFault && !hasCode(each.error, 's3.needs_restore', 'manifest.invalid'),
  );
  const lastPassed = verdicts.findLastIndex((each) => each.ok || !mayPass(each.error));
  return unread.length > MOST_UNREAD || verdicts.length - 1 - lastPassed >= MOST_OUTAGES;
}

function wasRead(verdict: Verdict): boolean {
  return verdict.ok || hasCode(verdict.error, 'archive.damaged', 'archive.checksum_mismatch');
}

/** What there is to read, what is gone though its manifest is there, and the slot. */
async function look(
  { config, cron, context, databases }: DueVerifying,
  store: Pick<ArchiveStore, 'list' | 'keyOf'>,
  signal: AbortSignal,
): Promise<{ archives: readonly ListedObject[]; lost: readonly ListedObject[]; pace: Pace }> {
  const { within } = config.verify;
  const chosen = databases.length > 0 ? databases : config.databases.map(({ name }) => name);
  const isChosen = ({ database }: ListedObject) => chosen.length === 0 || chosen.includes(database);
  const listing = await store.list(undefined, signal);
  const now = context.clock.now();
  const slots = new Slots(cron, config.schedule.timezone);
  const slotBegan = slots.latest(now + EARLY) ?? now;
  const slotsUntil = countSlots(slots, Math.max(now, slotBegan), now + within);
  return {
    archives: listing.archives.filter(isChosen),
    lost: lostArchives(store, listing).filter(isChosen),
    pace: { now, within, slotBegan, slotsUntil },
  };
}
