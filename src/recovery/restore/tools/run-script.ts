import { oneLine } from '../../../text/unseen.ts';
import type { ToolCall } from './program.ts';
import { RunningTool, type ToolEnd } from './running-tool.ts';

/** Milliseconds for one script of statements that read and change no rows. */
export const SCRIPT_WITHIN = 300_000;

/** Milliseconds for a whole restore, and for counting its rows: the indexes of a large database take hours. */
export const RESTORE_WITHIN = 86_400_000;
/** Milliseconds for dropping the database of a test: less than the process has after a signal. */
export const DROP_WITHIN = 30_000;

export interface ScriptResult extends ToolEnd {
  readonly out: readonly string[];
  readonly err: readonly string[];
}

/** Lines of errors that are kept. */
const MOST_ERRORS = 20;

/**
 * Runs a tool with a script as its input, to its end.
 * @param within milliseconds, after which it is killed: `too long`
 * @throws ArchiverError `restore.tool_missing`; the signal's reason
 */
export async function runScript(
  call: ToolCall,
  script: string,
  { signal, within }: { readonly signal: AbortSignal; readonly within: number },
): Promise<ScriptResult | 'too long'> {
  signal.throwIfAborted();
  const out: string[] = [];
  const err: string[] = [];
  const tool = new RunningTool(call, {
    out: (line) => out.push(line),
    err: (line) => {
      if (line !== '' && err.length < MOST_ERRORS) err.push(line);
    },
  });
  const onAbort = () => void tool.kill();
  signal.addEventListener('abort', onAbort, { once: true });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    onAbort();
  }, within);
  try {
    await tool.write(Buffer.from(script), signal);
    tool.end();
    const end = await tool.ended;
    signal.throwIfAborted();
    return isLate ? 'too long' : { ...end, out, err };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** What a tool says of its version, in its first line. */
export async function versionOf(program: string, signal: AbortSignal): Promise<string> {
  const result = await runScript({ program, args: ['--version'], env: {} }, '', {
    signal,
    within: SCRIPT_WITHIN,
  });
  return oneLine(result === 'too long' ? '' : (result.out[0] ?? ''));
}
