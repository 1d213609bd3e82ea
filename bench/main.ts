import { parseCommandLine, USAGE, UsageError } from './command-line.ts';
import { profile } from './profile.ts';
import { transfer } from './transfer.ts';
import { wayBack } from './way-back.ts';

// The bench: `npm run bench -- transfer`, and other verbs: `npm run bench -- --help`. Not a part of the program.

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    const options = parseCommandLine(args);
    if (options.verb === 'profile') await profile(options, stopping.signal);
    else if (options.verb === 'transfer') await transfer(options, args, stopping.signal);
    else await wayBack(options, args, stopping.signal);
    return 0;
  } catch (error) {
    const isUsage = error instanceof UsageError;
    process.stderr.write(
      `${error instanceof Error ? error.message : String(error)}\n${isUsage ? USAGE : ''}`,
    );
    return isUsage ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
