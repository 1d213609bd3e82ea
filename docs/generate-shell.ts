import { writeFileSync } from 'node:fs';
import { bashCompletion } from './shell/bash.ts';
import { commandTable } from './shell/command-table.ts';
import { fishCompletion } from './shell/fish.ts';
import { manPage } from './shell/man-page.ts';
import { zshCompletion } from './shell/zsh.ts';

// Writes the completions and the man page from the table of verbs: `node docs/generate-shell.ts`.

/** What is made, and its text as the table of verbs has it now. */
export function shellFiles(): Readonly<Record<string, string>> {
  const table = commandTable();
  return {
    'completions/backup-archiver.bash': bashCompletion(table),
    'completions/backup-archiver.zsh': zshCompletion(table),
    'completions/backup-archiver.fish': fishCompletion(table),
    'man/backup-archiver.1': manPage(table),
  };
}

/** Where a file of the repository is. */
export function shellFile(name: string): URL {
  return new URL(`../${name}`, import.meta.url);
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(shellFiles())) writeFileSync(shellFile(name), text);
}
