import type { Verdict } from '../../recovery/verify/verify-archives.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import { withHint } from '../../text/with-hint.ts';
import { foldText } from './fold-text.ts';
import { tableLines } from './table.ts';

/** The verdicts as one JSON document, line by line. */
export function* verifyJson(verdicts: readonly Verdict[]): Generator<string> {
  yield '[\n';
  for (const [index, verdict] of verdicts.entries()) {
    yield `  ${JSON.stringify(row(verdict))}${index < verdicts.length - 1 ? ',' : ''}\n`;
  }
  yield ']\n';
}

function row({ archive, durationMs, ...verdict }: Verdict) {
  const { database, backupId, key, size, createdAt } = archive;
  const named = { database, backupId, createdAt: createdAt.toISOString(), key, size, durationMs };
  if (!verdict.ok) return { ...named, ok: false, isFault: verdict.isFault, error: verdict.error };
  return { ...named, ok: true, deep: verdict.deep, isGone: verdict.isGone === true };
}

/**
 * The verdicts for a person: a row each, and below them what is wrong.
 * @param width of the terminal, in characters
 */
export function* verifyTable(verdicts: readonly Verdict[], deep: boolean, width?: number): Generator<string> {
  if (verdicts.length === 0) {
    yield 'no archives\n';
    return;
  }
  const rows = function* () {
    for (const verdict of verdicts) {
      const { database, createdAt, size, backupId } = verdict.archive;
      const created = createdAt.toISOString().replace('.000Z', 'Z');
      yield [database, created, formatByteSize(size), backupId, wordFor(verdict, deep)];
    }
  };
  yield* tableLines(['DATABASE', 'CREATED', 'SIZE', 'BACKUP', 'RESULT'], rows, {
    right: ['SIZE'],
    width,
    spare: 'SIZE',
  });
  const failed = verdicts.filter((verdict) => !verdict.ok);
  if (failed.length > 0) yield '\n';
  for (const { error } of failed) {
    yield `${foldText(withHint(error), width)}\n`;
  }
  const unread = failed.filter(({ isFault }) => !isFault).length;
  const counts = [
    `${verdicts.length - failed.length} right`,
    `${failed.length - unread} wrong`,
    ...(unread === 0 ? [] : [`${unread} not read`]),
  ].join(', ');
  const archives = verdicts.length === 1 ? '1 archive' : `${verdicts.length} archives`;
  yield `\n${archives} ${deep ? 'read back' : 'compared with their manifests'}: ${counts}\n`;
}

function wordFor(verdict: Verdict, deep: boolean): string {
  if (!verdict.ok) return verdict.isFault ? 'DAMAGED' : 'not read';
  if (verdict.isGone === true) return 'deleted';
  return deep ? 'whole' : 'as stated';
}
