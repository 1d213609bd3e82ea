/**
 * Looks for words that a tired reader has to read twice, and for names that docs/glossary.md replaced. Prints each place,
 * and ends with 1 where there is one.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

interface Rule {
  readonly words: RegExp;
  readonly instead: string;
  /** Where it holds. */
  readonly files: RegExp;
}

/** What users and contributors read. */
const PROSE =
  /^(src\/|docs\/|helm\/|config\/|docker\/|README\.md|CONTRIBUTING\.md|SECURITY\.md|Dockerfile|docker-compose)/;
const CODE = /^src\//;

export const RULES: readonly Rule[] = [
  { words: /\b(nobody|somebody|anybody|whom|whoever)\b/i, instead: 'name who or what it is', files: PROSE },
  { words: /\bwho asks\b/i, instead: 'the caller, the reader', files: PROSE },
  { words: /\b(stands?|stood|standing) still\b/i, instead: 'gives nothing, has stopped', files: PROSE },
  { words: /\b(gone|going|goes) on with\b/i, instead: 'resumed, continues', files: PROSE },
  { words: /\btold\b/i, instead: 'called with, reported, known', files: PROSE },
  { words: /\bbears?\b/i, instead: 'has', files: PROSE },
  { words: /\bhangs? on\b/i, instead: 'depends on', files: PROSE },
  {
    words: /\b(an|the|no|its|whole|each|every) answers?\b(?! (with|it|in)\b)/i,
    instead: 'response',
    files: CODE,
  },
  {
    words:
      /\b(HealingSource|SharedFlight|LentStream|Surroundings|learnAbilities|StoreAbilities|isTurnedDown|openWatch|AnswerBody|OpenAnswer)\b/,
    instead: 'the name in docs/glossary.md',
    files: CODE,
  },
  {
    words: /\b(patience: number|Findings|heedClock|complain|complaint)\b/,
    instead: 'the name in docs/glossary.md',
    files: CODE,
  },
];

/** The page that lists the words itself, and documents that are generated from what is checked already. */
const SKIPPED = /^docs\/(glossary\.md|.*\.(png|svg))$/;

/** Each line with such a word: `file:line: word (instead: …)`. */
export function strayWords(files: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  for (const [file, text] of files) {
    const rules = RULES.filter(({ files: where }) => where.test(file));
    if (rules.length === 0 || SKIPPED.test(file)) continue;
    for (const [index, line] of text.split('\n').entries()) {
      for (const { words, instead } of rules) {
        const match = words.exec(line);
        if (match !== null) found.push(`${file}:${index + 1}: "${match[0]}" (instead: ${instead})`);
      }
    }
  }
  return found;
}

if (import.meta.main) {
  const names = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  });
  const texts = new Map<string, string>();
  for (const name of names.split('\n').filter((file) => PROSE.test(file) && !SKIPPED.test(file))) {
    try {
      texts.set(name, readFileSync(name, 'utf8'));
    } catch {
      // Deleted, and not yet committed.
    }
  }
  const found = strayWords(texts);
  process.stdout.write([...found, `${found.length} words to replace`, ''].join('\n'));
  if (found.length > 0) process.exitCode = 1;
}
