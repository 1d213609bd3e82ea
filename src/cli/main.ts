import { readFileSync } from 'node:fs';
import { loadConfig } from '../config/load-config.ts';
import { ConfigError } from '../config/report/config-error.ts';
import { misspeltLine, printConfig } from '../config/report/print-config.ts';
import { secretsOf } from '../config/report/secrets.ts';
import { toArchiverError } from '../model/errors.ts';
import { openReporting } from '../observability/reporting.ts';
import { tooOldNode } from '../process/node-runtime.ts';
import { openOutput } from '../process/output.ts';
import { installStrayErrors } from '../process/stray-errors.ts';
import { systemClock } from '../process/system-clock.ts';
import { createScrubber } from '../redaction/output-scrubber.ts';
import { withHint } from '../text/with-hint.ts';
import { parseCommandLine } from './command-line.ts';
import { EXIT, isUsageError } from './exit-code.ts';
import type { Invocation } from './invocation.ts';
import type { Print } from './render/print-in-pieces.ts';
import { verbOf } from './verbs.ts';

/**
 * The whole program, from the command line to the exit code. Everything that is printed passes the
 * scrubber, and every error ends here as one clear line.
 */
export async function main(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const scrubber = createScrubber();
  const stdout = openOutput(1, scrubber);
  const stderr = openOutput(2, scrubber);
  const printError = (line: string) => stderr.write(`backup-archiver: ${line}\n`);
  const old = tooOldNode(process.versions.node);
  if (old !== undefined) {
    stderr.write(`${old}\n`);
    return EXIT.usage;
  }
  try {
    const version = packageVersion();
    const asked = parseCommandLine(args, env, version);
    let failure: string | undefined;
    const print = async (text: string, signal?: AbortSignal) => {
      failure = (await stdout.print(text, signal)) ?? failure;
      return failure === undefined;
    };
    let code: number = EXIT.done;
    if ('text' in asked) await print(asked.text);
    else code = await runVerb(asked, env, version, scrubber, print);
    if (failure === undefined) return code;
    printError(`the response could not be written to standard output (${failure})`);
    return code === EXIT.done ? EXIT.failed : code;
  } catch (thrown) {
    if (thrown instanceof ConfigError) for (const problem of thrown.problems) printError(problem);
    else {
      const error = toArchiverError(thrown);
      printError(withHint(error));
    }
    return isUsageError(thrown) ? EXIT.usage : EXIT.failed;
  }
}

async function runVerb(
  invocation: Invocation,
  env: Readonly<Record<string, string | undefined>>,
  version: string,
  scrubber: ReturnType<typeof createScrubber>,
  print: Print,
): Promise<number> {
  const { configFile, flags } = invocation;
  const verb = verbOf(invocation.verb);
  const config = loadConfig({ env, cwd: process.cwd(), configFile, flags, needs: verb.needs });
  for (const secret of secretsOf(config)) scrubber.add(secret);
  if (invocation.printConfig) {
    await print(printConfig(config));
    return EXIT.done;
  }
  const fd = verb.log === 'stdout' ? 1 : 2;
  const reporting = openReporting({ fd, ...config.log, clock: systemClock, scrubber });
  const { log, subscribe, progress } = reporting;
  // For as long as the process lives: what Node prints of an error would show all that it carries.
  installStrayErrors({ log });
  for (const misspelt of config.origin.misspelt) {
    log.warn('config.unknown_variable', misspelt, misspeltLine(misspelt));
  }
  try {
    const context = { clock: systemClock, random: Math.random, log, subscribe, scrubber, progress, version };
    return await verb.run(config, invocation, context, print);
  } finally {
    reporting.close();
  }
}

/** The version in package.json, which lies two folders up from `src/cli` and from `dist/cli`. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
