import { readFileSync, writeFileSync } from 'node:fs';
import { createLogger } from '../src/observability/log/logger.ts';
import type { EmittedEvent, EventName, Level } from '../src/ports/events.ts';
import { createScrubber } from '../src/redaction/output-scrubber.ts';
import { EVENT_TABLE } from './event-table.ts';

// Writes the list of events.md: `node docs/generate-events.ts`. Each example is a line as the log writes it.

const BEGIN = '<!-- begin events -->\n';
const END = '<!-- end events -->';
const DOCUMENT = new URL('./events.md', import.meta.url);
const EXAMPLE_TIME = Date.UTC(2026, 2, 1, 3, 1, 20, 500);

/** The document with its list made anew; the rest stays. */
export function withEvents(document: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('events.md has lost the marks around its list');
  return document.slice(0, begin + BEGIN.length) + eventList() + document.slice(end);
}

function eventList(): string {
  const names = Object.keys(EVENT_TABLE) as EventName[];
  const areas = [...new Set(names.map(areaOf))];
  const sections = areas.map((area) => {
    const entries = names.filter((name) => areaOf(name) === area).map(entry);
    return `## ${area}\n\n${entries.join('\n')}`;
  });
  return `\n${sections.join('\n')}\n`;
}

function areaOf(name: EventName): string {
  return name.slice(0, name.indexOf('.'));
}

function entry(name: EventName): string {
  const { means, fields } = EVENT_TABLE[name];
  const levels = Object.entries(means).map(([level, meaning]) => `**${level}** · ${meaning}`);
  const rows = Object.entries(fields).map(([field, meaning]) => `- \`${field}\`: ${meaning}\n`);
  return [
    `### ${name}\n`,
    `${levels.join('\\\n')}\n`,
    ...(rows.length === 0 ? [] : [rows.join('')]),
    `\`\`\`json\n${exampleLine(name)}\`\`\`\n`,
  ].join('\n');
}

function exampleLine(name: EventName): string {
  const { means, example: fields, msg: message } = EVENT_TABLE[name];
  let line = '';
  const write = createLogger({
    level: 'debug',
    format: 'json',
    colors: false,
    clock: { now: () => EXAMPLE_TIME, elapsed: () => 0, sleep: () => Promise.resolve() },
    scrubber: createScrubber(),
    write: (text) => {
      line = text;
    },
  });
  const [level] = Object.keys(means) as Level[];
  write({ event: name, level, fields, message } as EmittedEvent);
  return line;
}

if (import.meta.main) writeFileSync(DOCUMENT, withEvents(readFileSync(DOCUMENT, 'utf8')));
