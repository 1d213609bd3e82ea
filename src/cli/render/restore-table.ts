import type { ErrorCode } from '../../model/error-codes.ts';
import { type RestoreVerdict, rowsOf } from '../../recovery/restore/restore-archives.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import { formatDuration } from '../../text/duration.ts';
import { withHint } from '../../text/with-hint.ts';
import { foldText } from './fold-text.ts';
import { tableLines } from './table.ts';

/**
 * The verdicts for a person: a row each, below them what is wrong, and in the last line how many were restored.
 * @param kept whether they went into a database that stays
 * @param width of the terminal, in characters
 */
export function* restoreTable(
  verdicts: readonly RestoreVerdict[],
  kept: boolean,
  width?: number,
): Generator<string> {
  const rows = function* () {
    for (const verdict of verdicts) {
      const { archive, durationMs } = verdict;
      const created = archive.createdAt.toISOString().replace('.000Z', 'Z');
      yield [archive.database, created, ...countsOf(verdict), formatDuration(durationMs), wordFor(verdict)];
    }
  };
  const headings = ['DATABASE', 'CREATED', 'TABLES', 'ROWS', 'ON DISK', 'TOOK', 'RESULT'];
  yield* tableLines(headings, rows, {
    right: ['TABLES', 'ROWS', 'ON DISK', 'TOOK'],
    width,
    spare: 'ON DISK',
  });
  const notes = verdicts.flatMap(notesOf);
  if (kept && verdicts.some(isPartial))
    notes.push('The database of --into may have a part of it: empty it before the next try.');
  if (notes.length > 0) yield `\n${notes.map((note) => foldText(note, width)).join('\n')}\n`;
  const [restored, skipped] = [verdicts.filter(({ ok }) => ok), verdicts.filter(isSkipped)];
  const failed = verdicts.length - restored.length - skipped.length;
  const passedOver = skipped.length === 0 ? '' : `, ${skipped.length} passed over`;
  yield `\n${verdicts.length - skipped.length} tested: ${restored.length} restored, ${failed} not${passedOver}\n`;
}

function countsOf(verdict: RestoreVerdict): readonly string[] {
  if (!verdict.ok) return ['-', '-', '-'];
  const { tables, bytes } = verdict.restored;
  return [String(tables.length), String(rowsOf(verdict.restored)), formatByteSize(bytes)];
}

/** Errors before the first statement. */
const BEFORE: readonly ErrorCode[] = [
  'archive.not_found',
  'restore.no_server',
  'restore.not_empty',
  'restore.tool_missing',
  'restore.unsupported',
];

function isPartial(verdict: RestoreVerdict): boolean {
  return !verdict.ok && !BEFORE.includes(verdict.error.code);
}

function isSkipped(verdict: RestoreVerdict): boolean {
  return !verdict.ok && verdict.isSkipped;
}

function wordFor(verdict: RestoreVerdict): string {
  if (verdict.ok) return verdict.restored.warnings.length === 0 ? 'restored' : 'restored, with warnings';
  if (verdict.isSkipped) return 'passed over';
  return verdict.isFault ? 'DAMAGED' : 'not restored';
}

function notesOf(verdict: RestoreVerdict): string[] {
  const { archive } = verdict;
  if (verdict.ok) return verdict.restored.warnings.map((warning) => `${archive.database}: ${warning}`);
  return [withHint(verdict.error)];
}
