import type { ArchiverError } from '../../model/errors.ts';
import type { ListedObject } from '../../ports/archive-store.ts';
import type { RetentionDecision } from '../../retention/retention-plan.ts';
import type { PruningPlan } from '../../run/prune/plan-pruning.ts';
import type { Pruned } from '../../run/prune/prune-database.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import { withHint } from '../../text/with-hint.ts';
import { formatAge } from './age.ts';
import { foldText } from './fold-text.ts';
import { tableLines } from './table.ts';

/** What `prune` found and did with one database. */
export interface PruneReport {
  readonly database: string;
  /** Absent where it did not get that far. */
  plan?: PruningPlan;
  /** Absent where nothing was to be changed, or it failed on the way. */
  pruned?: Pruned;
  error?: ArchiverError;
}

/**
 * What the plan says of an archive, and once it has been carried out what became of it: `retained` is held by
 * Object Lock, `left alone` has a manifest that cannot be used.
 */
type State = 'keep' | 'remove' | 'removed' | 'retained' | 'left alone';

type Decision = RetentionDecision<ListedObject>;

/** The report as one JSON document, line by line: a hundred thousand archives are not built up in memory. */
export function* pruneJson(reports: readonly PruneReport[]): Generator<string> {
  yield '[\n';
  for (const [index, { database, plan, pruned, error }] of reports.entries()) {
    const head = {
      database,
      error: error?.toJSON() ?? null,
      refused: plan?.refused?.message ?? null,
      reasons: plan?.reasonCounts ?? {},
    };
    const fields = JSON.stringify(head, null, 2).slice(2, -2);
    yield `  {\n${fields.replace(/^/gm, '  ')},\n    "archives": [\n`;
    const decisions = plan?.decisions ?? [];
    for (const [at, decision] of decisions.entries()) {
      yield `      ${JSON.stringify(described(decision, stateOf(decision, plan, pruned)))}${comma(at, decisions)}\n`;
    }
    yield `    ]\n  }${comma(index, reports)}\n`;
  }
  yield ']\n';
}

function comma(index: number, { length }: readonly unknown[]): string {
  return index < length - 1 ? ',' : '';
}

function described({ archive, keep, reasons }: Decision, state: State) {
  const { key, backupId, createdAt, size } = archive;
  return {
    key,
    backupId,
    createdAt: createdAt.toISOString(),
    size,
    keep,
    state,
    reasons,
  };
}

/**
 * The report for a person, line by line: every archive, and a sentence for each database.
 * @param now milliseconds since the epoch, for the ages
 * @param width of the terminal, in characters; none: each archive has one line
 */
export function* pruneTable(reports: readonly PruneReport[], now: number, width?: number): Generator<string> {
  const rows = function* () {
    for (const { database, plan, pruned } of reports) {
      for (const decision of plan?.decisions ?? []) {
        yield cells(database, decision, stateOf(decision, plan, pruned), now);
      }
    }
  };
  const headings = ['DATABASE', 'CREATED', 'AGE', 'SIZE', 'PLAN', 'REASONS'];
  if (reports.some(({ plan }) => (plan?.decisions.length ?? 0) > 0)) {
    yield* tableLines(headings, rows, { right: ['AGE', 'SIZE'], width });
    yield '\n';
  }
  for (const report of reports) yield `${foldText(sentence(report), width)}\n`;
}

function cells(database: string, { archive, reasons }: Decision, state: State, now: number): string[] {
  const { createdAt, size } = archive;
  return [
    database,
    createdAt.toISOString().replace('.000Z', 'Z'),
    formatAge(now - createdAt.getTime()),
    formatByteSize(size),
    state,
    reasons.join(', '),
  ];
}

function stateOf(
  { archive, keep }: Decision,
  plan: PruningPlan | undefined,
  pruned: Pruned | undefined,
): State {
  if (keep) return 'keep';
  if (plan?.retained.has(archive) === true) return 'retained';
  if (pruned === undefined) return 'remove';
  if (pruned.retained.includes(archive)) return 'retained';
  return pruned.leftAlone.includes(archive) ? 'left alone' : 'removed';
}

function sentence({ database, plan, pruned, error }: PruneReport): string {
  const refused = error ?? plan?.refused;
  if (refused !== undefined) {
    return `${database}: ${withHint(refused)}`;
  }
  const total = plan?.decisions.length ?? 0;
  if (total === 0) return `${database}: no archives`;
  const remove = plan?.remove.length ?? 0;
  const held = pruned?.retained.length ?? plan?.retained.size ?? 0;
  const retained = held === 0 ? [] : [`${held} retained by Object Lock`];
  if (pruned === undefined) {
    return [`${database}: ${total - remove} of ${total} stay, ${remove} go`, ...retained].join(', ');
  }
  const { deleted, leftAlone } = pruned;
  return [
    `${database}: ${total - deleted.length} of ${total} stay, ${deleted.length} removed`,
    ...retained,
    ...(leftAlone.length === 0 ? [] : [`${leftAlone.length} left alone`]),
  ].join(', ');
}
