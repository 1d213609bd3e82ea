import type { PruningPlan } from '../archive/plan-pruning.ts';
import type { Pruned } from '../archive/prune-database.ts';
import type { ListedObject } from '../domain/archive-store.ts';
import { formatByteSize } from '../domain/byte-size.ts';
import { formatDuration } from '../domain/duration.ts';
import type { ArchiverError } from '../domain/errors.ts';
import { renderTable } from './table.ts';

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

export function pruneJson(reports: readonly PruneReport[]): string {
  const databases = reports.map(({ database, plan, pruned, error }) => ({
    database,
    error: error?.toJSON() ?? null,
    refused: plan?.refused?.message ?? null,
    reasons: plan?.reasonCounts ?? {},
    archives: (plan?.decisions ?? []).map(({ archive, keep, reasons }) => ({
      key: archive.key,
      backupId: archive.backupId,
      createdAt: archive.createdAt.toISOString(),
      size: archive.size,
      keep,
      state: stateOf(archive, keep, pruned),
      reasons,
    })),
  }));
  return `${JSON.stringify(databases, null, 2)}\n`;
}

/** @param now milliseconds since the epoch, for the ages */
export function pruneTable(reports: readonly PruneReport[], now: number): string {
  const rows = reports.flatMap(({ database, plan, pruned }) =>
    (plan?.decisions ?? []).map(({ archive, keep, reasons }) => [
      database,
      archive.createdAt.toISOString().replace('.000Z', 'Z'),
      formatDuration(Math.max(0, now - archive.createdAt.getTime())),
      formatByteSize(archive.size),
      stateOf(archive, keep, pruned),
      reasons.join(', '),
    ]),
  );
  const table =
    rows.length === 0
      ? ''
      : `${renderTable(['DATABASE', 'CREATED', 'AGE', 'SIZE', 'PLAN', 'REASONS'], rows, { right: ['AGE', 'SIZE'] })}\n`;
  return `${table}${reports.map((report) => `${sentence(report)}\n`).join('')}`;
}

function stateOf(archive: ListedObject, keep: boolean, pruned: Pruned | undefined): State {
  if (keep) return 'keep';
  if (pruned === undefined) return 'remove';
  if (pruned.retained.includes(archive)) return 'retained';
  return pruned.leftAlone.includes(archive) ? 'left alone' : 'removed';
}

function sentence({ database, plan, pruned, error }: PruneReport): string {
  const refused = error ?? plan?.refused;
  if (refused !== undefined) {
    return `${database}: ${refused.message}${refused.hint === undefined ? '' : `. ${refused.hint}`}`;
  }
  const total = plan?.decisions.length ?? 0;
  if (total === 0) return `${database}: no archives`;
  const remove = plan?.remove.length ?? 0;
  if (pruned === undefined) return `${database}: ${total - remove} of ${total} stay, ${remove} go`;
  const { deleted, retained, leftAlone } = pruned;
  return [
    `${database}: ${total - deleted.length} of ${total} stay, ${deleted.length} removed`,
    ...(retained.length === 0 ? [] : [`${retained.length} retained by Object Lock`]),
    ...(leftAlone.length === 0 ? [] : [`${leftAlone.length} left alone`]),
  ].join(', ');
}
