import { mapBounded } from '../../concurrency/map-bounded.ts';
import { ArchiverError } from '../../model/errors.ts';
import type { ArchiveListing, ListedObject } from '../../ports/archive-store.ts';
import { refusal } from '../../retention/mass-deletion.ts';
import { planRetention, type RetentionDecision, type RetentionPlan } from '../../retention/retention-plan.ts';
import { sizeAlarm } from '../../retention/size-alarm.ts';
import { lockOf } from './delete-archive.ts';
import { wasCarriedOut } from './policy-memory.ts';
import type { PruningJob } from './pruning-job.ts';
import { newestGood } from './retention-guards.ts';

/** What retention would do with one database's archives. */
export interface PruningPlan {
  readonly database: string;
  /** Newest first, each with its reasons. */
  readonly decisions: readonly RetentionDecision<ListedObject>[];
  /** Newest first. */
  readonly remove: readonly ListedObject[];
  /** What no rule keeps and Object Lock does, newest first: until when, in ISO-8601, or `legal hold`. */
  readonly retained: ReadonlyMap<ListedObject, string>;
  /** Of `remove`, those of which no lock was looked for: to be done before they are deleted. */
  readonly unseen: ReadonlySet<ListedObject>;
  /** How many archives each kind of reason applies to. */
  readonly reasonCounts: Readonly<Record<string, number>>;
  /** Why it is not carried out, where it is not: it would delete more than half, by a policy that is new here. */
  readonly refused: ArchiverError | undefined;
  /** The newest archive is far smaller than those before it: nothing at all is to be deleted. */
  readonly isHeldBack: boolean;
}

const NEWEST_GOOD = 'newest good';
const SUSPICIOUS = 'the newest is suspicious';
/** HEADs in flight at once, of archives that would go. */
const LOOKS_AT_ONCE = 8;
/**
 * Locks end with time, so that the newest archives have them: so many in a row without one, and no older one is asked
 * about. Of a bucket of years without Object Lock a plan would else ask for hours.
 */
const UNLOCKED_IN_A_ROW = 100;

/**
 * Plans the retention of one database over a whole listing. Changes nothing.
 * @param force carry out also what would delete more than half
 * @param evenIfSuspicious delete also while the newest archive is far smaller than those before it
 * @throws ArchiverError `retention.doubtful_listing`, `retention.no_good_archive`, `archive.foreign_…`;
 *   StoreError
 */
export async function planPruning(
  job: PruningJob,
  { archives, doubt }: ArchiveListing,
  { force, evenIfSuspicious }: { force: boolean; evenIfSuspicious: boolean },
  signal: AbortSignal,
): Promise<PruningPlan> {
  if (doubt !== undefined) throw doubtful(job, doubt);
  const byPolicy = planRetention(archives, job.retention, { now: new Date(job.clock.now()) });
  // What has lost its rows overnight may be wanted back from what would go.
  const isHeldBack =
    !evenIfSuspicious &&
    sizeAlarm(
      archives.map(({ size }) => size),
      job.settings.sizeDrop,
    ) !== undefined;
  if (byPolicy.remove.length === 0 || isHeldBack) {
    const kept = sparing(byPolicy, byPolicy.remove, SUSPICIOUS);
    const locks = { retained: new Map(), unseen: new Set<ListedObject>() };
    return { database: job.name, ...kept, ...locks, refused: undefined, isHeldBack };
  }
  const good = await newestGood(job, archives, signal);
  if (good === undefined) {
    throw new ArchiverError(
      'retention.no_good_archive',
      `none of the newest archives of ${job.name} is good: nothing is deleted`,
      {
        hint: 'Their manifests are missing, unreadable or of another size. Look at them before anything goes.',
      },
    );
  }
  const plan = await withoutLocked(job, sparing(byPolicy, [good], NEWEST_GOOD), signal);
  const refused = refusedWhere(job, plan, force);
  const isKnown = refused !== undefined && (await wasCarriedOut(job, signal));
  return { database: job.name, ...plan, refused: isKnown ? undefined : refused, isHeldBack };
}

/** What the store showed in the end may be all there is; by a store that has just been wrong nothing goes. */
function doubtful({ name }: PruningJob, doubt: string): ArchiverError {
  return new ArchiverError(
    'retention.doubtful_listing',
    `the listing of ${name} contradicts itself, so nothing is deleted: ${doubt}`,
    { hint: 'The next run tries again. If it stays, the listings of the store cannot be relied on.' },
  );
}

/** The plan that keeps these archives as well, for this reason. */
function sparing(
  plan: RetentionPlan<ListedObject>,
  spared: readonly ListedObject[],
  reason: string,
): RetentionPlan<ListedObject> {
  const saved = new Set(spared.filter((archive) => plan.remove.includes(archive)));
  if (saved.size === 0) return plan;
  const decisions = plan.decisions.map((decision) =>
    saved.has(decision.archive) ? { ...decision, keep: true, reasons: [reason] } : decision,
  );
  const { 'no rule keeps it': notKept = 0, ...others } = plan.reasonCounts;
  return {
    decisions,
    keep: decisions.filter(({ keep }) => keep).map(({ archive }) => archive),
    remove: plan.remove.filter((archive) => !saved.has(archive)),
    reasonCounts: {
      ...others,
      ...(notKept > saved.size ? { 'no rule keeps it': notKept - saved.size } : {}),
      [reason]: saved.size,
    },
  };
}

type UnlockedPlan = RetentionPlan<ListedObject> & Pick<PruningPlan, 'retained' | 'unseen'>;

/**
 * The plan without what Object Lock holds, as far as the store says. Asked before anything is deleted, and only of what
 * would go: what cannot go is no part of a slip in the policy, so the guard must not count it.
 */
async function withoutLocked(
  job: PruningJob,
  plan: RetentionPlan<ListedObject>,
  signal: AbortSignal,
): Promise<UnlockedPlan> {
  const { retained, unseen } = await findLocks(job, plan.remove, signal);
  const reasonCounts = { ...plan.reasonCounts };
  const decisions = plan.decisions.map((decision) => {
    const lockedUntil = retained.get(decision.archive);
    if (lockedUntil === undefined) return decision;
    const isHold = lockedUntil === 'legal hold';
    const kind = isHold ? lockedUntil : 'locked until';
    reasonCounts[kind] = (reasonCounts[kind] ?? 0) + 1;
    return { ...decision, reasons: [...decision.reasons, isHold ? lockedUntil : `${kind} ${lockedUntil}`] };
  });
  const remove = plan.remove.filter((archive) => !retained.has(archive));
  return { ...plan, decisions, remove, reasonCounts, retained, unseen };
}

/** @param remove newest first */
async function findLocks(
  job: PruningJob,
  remove: readonly ListedObject[],
  signal: AbortSignal,
): Promise<Pick<PruningPlan, 'retained' | 'unseen'>> {
  const retained = new Map<ListedObject, string>();
  const look = async (archive: ListedObject, looking: AbortSignal) => ({
    archive,
    lockedUntil: await lockOf(job, archive, looking),
  });
  for (let seen = 0; seen < remove.length; seen += UNLOCKED_IN_A_ROW) {
    const some = remove.slice(seen, seen + UNLOCKED_IN_A_ROW);
    const before = retained.size;
    for (const { archive, lockedUntil } of await mapBounded(some, LOOKS_AT_ONCE, look, signal)) {
      if (lockedUntil !== undefined) retained.set(archive, lockedUntil);
    }
    if (retained.size === before) return { retained, unseen: new Set(remove.slice(seen + some.length)) };
  }
  return { retained, unseen: new Set() };
}

function refusedWhere({ name }: PruningJob, plan: UnlockedPlan, force: boolean): ArchiverError | undefined {
  const refused = refusal(plan, { force });
  if (refused === undefined) return undefined;
  const retained = plan.retained.size;
  const notCounted = retained === 0 ? '' : ` (${retained} more that Object Lock holds are not counted)`;
  return new ArchiverError(
    'retention.refused',
    `the policy of ${name} is not carried out: ${refused.reason}${notCounted}`,
    {
      hint: 'See what would go: backup-archiver prune --dry-run. If it is meant: backup-archiver prune --yes, once; after it this policy is not refused again.',
      details: { total: refused.total, remove: refused.remove, retained },
    },
  );
}

/** Says what is planned, with the counts by reason. */
export function logPlan(job: PruningJob, { decisions, remove, retained, reasonCounts }: PruningPlan): void {
  const keep = decisions.length - remove.length - retained.size;
  const held = retained.size === 0 ? '' : `, ${retained.size} held by Object Lock`;
  job.log.info(
    'retention.planned',
    {
      archives: decisions.length,
      keep,
      remove: remove.length,
      retained: retained.size,
      reasons: reasonCounts,
    },
    `${keep} ${keep === 1 ? 'archive stays' : 'archives stay'}, ${remove.length} ${remove.length === 1 ? 'goes' : 'go'}${held}`,
  );
}
