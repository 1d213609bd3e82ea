import { type Backup, byNewest, phaseOf } from '../model/backup.ts';

export type BackupMode = 'create' | 'latest' | 'mirror';

/** Why a backup is the one to archive. */
export type Reason = 'unproven' | 'unfinished' | 'in-flight' | 'recent' | 'latest' | 'mirror' | 'created';

export interface Candidate {
  readonly backup: Backup;
  readonly reason: Reason;
}

/**
 * What one run has to do for one database: archive these, in this order; make a backup and archive that;
 * or nothing, because all there is has been archived.
 */
export type Work =
  | { readonly kind: 'archive'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'create' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'no-backup' };

export interface WorkFacts {
  readonly mode: BackupMode;
  /** Milliseconds: a done backup at most this old counts as this run's; 0: none does. */
  readonly reuseWithin: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Everything the API lists. */
  readonly backups: readonly Backup[];
  /** Ids of backups whose archive has a manifest. */
  readonly archived: ReadonlySet<string>;
  /** Ids of backups whose object lies in the bucket without a manifest. */
  readonly unproven: ReadonlySet<string>;
  /** Ids of backups with an unfinished upload of ours. */
  readonly unfinished: ReadonlySet<string>;
  /**
   * Ids of backups that the retention policy would delete at once, were one of them archived now: they are no work for
   * `create` and `latest`. Absent: none.
   */
  readonly unwanted?: ReadonlySet<string>;
  /** For `mirror`: which of these the retention policy would keep, were all of them archived. */
  readonly wouldKeep?: (backups: readonly Backup[]) => readonly Backup[];
}

/**
 * Decides which backups a run archives. What an earlier run left half done comes first and is the run's
 * work: making another beside it is how a crash turns into a second backup.
 */
export function chooseWork(facts: WorkFacts): Work {
  const missing = facts.backups.filter((backup) => !facts.archived.has(backup.id)).sort(byNewest);
  const done = missing.filter((backup) => phaseOf(backup) === 'done');
  const leftOver = leftOvers(done, facts);

  if (facts.mode !== 'create') {
    const existing = [...facts.backups].sort(byNewest).filter((backup) => phaseOf(backup) === 'done');
    return existing.length === 0
      ? { kind: 'no-backup' }
      : withLeftOvers(leftOver, chosenByMode(existing, done, facts));
  }
  if (leftOver.length > 0) return { kind: 'archive', candidates: leftOver };
  const inFlight = missing.find((backup) => phaseOf(backup) === 'in-flight');
  if (inFlight !== undefined) return one(inFlight, 'in-flight');
  const recent = facts.reuseWithin > 0 ? done.find((backup) => isReusable(backup, facts)) : undefined;
  return recent === undefined ? { kind: 'create' } : one(recent, 'recent');
}

/** A stamp ahead of our clock is a skew between the two, not a reason to make a second backup. */
function isReusable(backup: Backup, facts: WorkFacts): boolean {
  const isRecent = facts.now - backup.createdAt.getTime() <= facts.reuseWithin;
  return isRecent && isWanted(backup, facts);
}

function isWanted({ id }: Backup, { unwanted }: WorkFacts): boolean {
  return unwanted?.has(id) !== true;
}

/** Oldest first: the source forgets the oldest first. */
function leftOvers(done: readonly Backup[], facts: WorkFacts): Candidate[] {
  return done
    .filter((backup) => facts.unproven.has(backup.id) || facts.unfinished.has(backup.id))
    .map(
      (backup): Candidate => ({ backup, reason: facts.unproven.has(backup.id) ? 'unproven' : 'unfinished' }),
    )
    .reverse();
}

/** What `latest` and `mirror` want of the done backups that the bucket lacks. */
function chosenByMode(
  existing: readonly Backup[],
  missing: readonly Backup[],
  facts: WorkFacts,
): Candidate[] {
  if (facts.mode === 'mirror') {
    return (facts.wouldKeep?.(missing) ?? missing).map((backup) => ({ backup, reason: 'mirror' }));
  }
  return existing
    .slice(0, 1)
    .filter((backup) => !facts.archived.has(backup.id) && isWanted(backup, facts))
    .map((backup) => ({ backup, reason: 'latest' }));
}

function withLeftOvers(leftOver: readonly Candidate[], chosen: readonly Candidate[]): Work {
  const begun = new Set(leftOver.map(({ backup }) => backup.id));
  const candidates = [...leftOver, ...chosen.filter(({ backup }) => !begun.has(backup.id))];
  return candidates.length === 0 ? { kind: 'nothing' } : { kind: 'archive', candidates };
}

function one(backup: Backup, reason: Reason): Work {
  return { kind: 'archive', candidates: [{ backup, reason }] };
}
