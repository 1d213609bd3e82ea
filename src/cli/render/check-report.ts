import { styleText } from 'node:util';
import type { Finding, Level } from '../../check/finding.ts';
import { foldText } from './fold-text.ts';

/** How the terminal shows it. */
export interface CheckLook {
  readonly colors: boolean;
  /** Characters of a line; none: each text has one line. */
  readonly width: number | undefined;
}

const SIGNS: Readonly<Record<Level, string>> = { ok: '✓', warn: '!', fail: '✗' };
const COLORS = { ok: 'green', warn: 'yellow', fail: 'red' } as const;
/** Below a line, as wide as its sign. */
const INDENT = '  ';
const REMEDY = '  → ';
const READY = 'ready';

/** One JSON document. */
export function* checkJson(lines: readonly Finding[]): Generator<string> {
  yield '[\n';
  for (const [index, { id, subject, level, says, remedy = null }] of lines.entries()) {
    const row = JSON.stringify({ id, subject, level, says, remedy });
    yield `  ${row}${index < lines.length - 1 ? ',' : ''}\n`;
  }
  yield ']\n';
}

/** For a person: a line each, what to do beneath it, and in the last line whether all is well. */
export function* checkLines(lines: readonly Finding[], look: CheckLook): Generator<string> {
  const paint = (level: Level, text: string) =>
    look.colors ? styleText(COLORS[level], text, { validateStream: false }) : text;
  for (const { subject, level, says, remedy } of lines) {
    const sign = SIGNS[level];
    const line = foldText(`${subject}: ${says}`, look.width, { first: `${sign} `, below: INDENT });
    yield `${paint(level, sign)}${line.slice(sign.length)}\n`;
    if (level === 'ok' || remedy === undefined) continue;
    yield `${foldText(remedy, look.width, { first: REMEDY, below: ' '.repeat(REMEDY.length) })}\n`;
  }
  const [verdict, counts] = conclusion(lines);
  const line = foldText(`${verdict}: ${counts}`, look.width, { below: '' });
  yield `\n${paint(verdict === READY ? 'ok' : 'fail', verdict)}${line.slice(verdict.length)}\n`;
}

/** @returns whether a run would do what is configured, and what there is of faults and warnings */
function conclusion(lines: readonly Finding[]): readonly [verdict: string, counts: string] {
  const faults = lines.filter(({ level }) => level === 'fail');
  const warnings = lines.filter(({ level }) => level === 'warn').length;
  const also = warnings === 0 ? '' : `, ${plural(warnings, 'warning')}`;
  if (faults.length === 0) return [READY, `no faults${also}`];
  const subjects = [...new Set(faults.map(({ subject }) => subject))];
  return ['not ready', `${plural(faults.length, 'fault')}${also} (${subjects.join(', ')})`];
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
