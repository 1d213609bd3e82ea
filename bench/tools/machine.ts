import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Machine } from '../report/results.ts';
import { runTool } from './run-tool.ts';

/** What a reader needs to judge figures by; nothing that names this one machine. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${distribution()}, Linux ${release().replace(/-.*$/, '')}`,
    node: process.version,
  };
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux';
  } catch {
    return 'Linux';
  }
}

/** The version of the program in a checkout, with its commit where git knows one. */
export async function ourVersion(checkout: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')) as {
    version: string;
  };
  const commit = await runTool('git', ['-C', checkout, 'describe', '--always', '--dirty']).then(
    (text) => ` (${text.trim()})`,
    () => '',
  );
  return `${version}${commit}`;
}
