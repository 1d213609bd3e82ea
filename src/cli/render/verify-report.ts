import type { Verdict } from '../../recovery/verify/verify-archives.ts';
import { formatByteSize } from '../../text/byte-size.ts';
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

/** The verdicts for a person: a row each, and below them what is wrong. */
export function* verifyTable(verdicts: readonly Verdict[], deep: boolean): Generator<string> {
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
  yield* tableLines(['DATABASE', 'CREATED', 'SIZE', 'BACKUP', 'RESULT'], rows, { right: ['SIZE'] });
  const wrong = verdicts.filter((verdict) => !verdict.ok);
  if (wrong.length > 0) yield '\n';
  for (const { error } of wrong) {
    yield `${error.message}${error.hint === undefined ? '' : `. ${error.hint}`}\n`;
  }
  const read = deep ? 'read back' : 'compared with their manifests';
  yield `\n${verdicts.length} ${read}: ${verdicts.length - wrong.length} right, ${wrong.length} not\n`;
}

function wordFor(verdict: Verdict, deep: boolean): string {
  if (!verdict.ok) return verdict.isFault ? 'DAMAGED' : 'not read';
  if (verdict.isGone === true) return 'deleted';
  return deep ? 'whole' : 'as stated';
}
