import { readFileSync, writeFileSync } from 'node:fs';
import type { DatedBackup } from '../src/retention/dated-backup.ts';
import { planRetention } from '../src/retention/retention-plan.ts';
import type { RetentionPolicy } from '../src/retention/retention-policy.ts';

// Writes the worked year of retention.md: `node docs/generate-retention.ts`. Every night of it is planned
// as the program plans it, with what the night before has left.

const YEAR = 2024;
const POLICY: RetentionPolicy = {
  keepLast: 0,
  keepDaily: 7,
  keepWeekly: 5,
  keepMonthly: 12,
  keepYearly: 3,
  keepWithin: undefined,
  minKeep: 3,
  timezone: 'Europe/Paris',
};
/** One letter an archive: the rule that will keep it the longest. */
const LETTERS = [
  ['yearly', 'Y'],
  ['monthly', 'M'],
  ['weekly', 'w'],
  ['daily', 'd'],
] as const;
const BEGIN = '<!-- begin worked year -->\n';
const END = '<!-- end worked year -->';
const DOCUMENT = new URL('./retention.md', import.meta.url);

/** The state of the bucket after one night. */
interface Night {
  readonly made: Date;
  readonly kept: readonly DatedBackup[];
  readonly deleted: number;
}

/** The document with its worked year made anew; the rest stays. */
export function withWorkedYear(document: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('retention.md has lost the marks around its worked year');
  return document.slice(0, begin + BEGIN.length) + workedYear() + document.slice(end);
}

function workedYear(): string {
  const nights = yearOfNights();
  const last = nights.at(-1);
  if (last === undefined) throw new Error('a year has nights');
  return `
${fence('yaml', policyText())}
A backup every night at 03:00 in Paris from 1 January ${YEAR}, and the bucket on the evening of 31 December:
**${last.kept.length}** archives of the ${nights.length} that were made. \`Y\`, \`M\`, \`w\`, \`d\` name the slowest rule that keeps one
(yearly, monthly, weekly, daily), \`·\` is one that was made and has gone.
The 1st of January is still there because the second and third year are not: the oldest stays for them.

${fence('text', picture(last))}
What the bucket held on the last evening of each month:

${monthTable(nights)}
The reasons, as \`prune --dry-run\` shows them on that evening:

${reasonTable(last)}
`;
}

function yearOfNights(): Night[] {
  const nights: Night[] = [];
  let bucket: readonly DatedBackup[] = [];
  for (let day = 1; new Date(Date.UTC(YEAR, 0, day)).getUTCFullYear() === YEAR; day += 1) {
    const made = threeInParis(new Date(Date.UTC(YEAR, 0, day)));
    const { keep, remove } = planRetention(
      [...bucket, { createdAt: made, backupId: `night-${day}` }],
      POLICY,
      { now: new Date(made.getTime() + 3_600_000) },
    );
    bucket = keep;
    nights.push({ made, kept: keep, deleted: remove.length });
  }
  return nights;
}

/** 03:00 in Paris is 01:00 UTC in summer and 02:00 UTC in winter. */
function threeInParis(midnight: Date): Date {
  const oneUtc = new Date(midnight.getTime() + 3_600_000);
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Paris', hour: 'numeric' }).format(oneUtc);
  return Number(hour) === 3 ? oneUtc : new Date(oneUtc.getTime() + 3_600_000);
}

function picture(last: Night): string {
  const letters = new Map(
    decisions(last).map(({ archive, reasons }) => {
      const letter = LETTERS.find(([rule]) => reasons.some((reason) => reason.startsWith(rule)))?.[1];
      return [archive.createdAt.toISOString().slice(0, 10), letter ?? '?'];
    }),
  );
  const ruler = Array.from({ length: 31 }, (_, index) => ((index + 1) % 5 === 0 ? String(index + 1) : ''));
  const lines = [
    `    ${ruler
      .map((text) => text.padStart(2))
      .join('')
      .trimEnd()}`,
  ];
  for (let month = 0; month < 12; month += 1) {
    const days = new Date(Date.UTC(YEAR, month + 1, 0)).getUTCDate();
    const cells = Array.from({ length: days }, (_, index) => {
      const date = new Date(Date.UTC(YEAR, month, index + 1)).toISOString().slice(0, 10);
      return letters.get(date) ?? '·';
    });
    lines.push(`${monthName(month)}  ${cells.join(' ')}`);
  }
  return lines.join('\n');
}

function monthTable(nights: readonly Night[]): string {
  const rows = Array.from({ length: 12 }, (_, month) => {
    const ofMonth = nights.filter(({ made }) => made.getUTCMonth() === month);
    const deleted = ofMonth.reduce((sum, night) => sum + night.deleted, 0);
    return `| ${monthName(month)} | ${ofMonth.length} | ${deleted} | ${ofMonth.at(-1)?.kept.length} |`;
  });
  return ['| month | made | deleted | in the bucket |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function reasonTable(last: Night): string {
  const rows = decisions(last).map(
    ({ archive, reasons }) => `| ${archive.createdAt.toISOString().slice(0, 10)} | ${reasons.join(', ')} |`,
  );
  return ['| archive of | stays as |', '|---|---|', ...rows].join('\n');
}

function decisions({ kept, made }: Night) {
  return planRetention(kept, POLICY, { now: new Date(made.getTime() + 3_600_000) }).decisions;
}

function policyText(): string {
  const set = Object.entries(POLICY).filter(([, value]) => value !== 0 && value !== undefined);
  return ['retention:', ...set.map(([key, value]) => `  ${key}: ${value}`)].join('\n');
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\`\n`;
}

function monthName(month: number): string {
  return new Date(Date.UTC(YEAR, month, 1))
    .toLocaleString('en-GB', { month: 'short', timeZone: 'UTC' })
    .slice(0, 3);
}

if (import.meta.main) writeFileSync(DOCUMENT, withWorkedYear(readFileSync(DOCUMENT, 'utf8')));
