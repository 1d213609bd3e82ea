import { setTimeout as sleep } from 'node:timers/promises';
import type { ToolCall } from './program.ts';
import { RunningTool } from './running-tool.ts';

/** Milliseconds in which a lock that no other test can hold must be ours. */
const LOCK_WITHIN = 30_000;
/** What the client says once the lock is held. */
export const HELD = 'held';

/**
 * Runs a client that takes a lock and then waits on its input: it lives as long as its connection, and that as long as
 * this process.
 * @param script its last row is `HELD`
 * @returns the errors where it was not held
 */
export async function holdLock(
  call: ToolCall,
  script: string,
  signal: AbortSignal,
): Promise<{ readonly release: () => Promise<void> } | { readonly errors: readonly string[] }> {
  const errors: string[] = [];
  const held = Promise.withResolvers<true>();
  const tool = new RunningTool(call, {
    out: (line) => {
      if (line.endsWith(HELD)) held.resolve(true);
    },
    err: (line) => errors.push(line),
  });
  const over = new AbortController();
  const late = sleep(LOCK_WITHIN, false as const, { signal: AbortSignal.any([signal, over.signal]) });
  try {
    await tool.write(Buffer.from(script), signal);
    const isHeld = await Promise.race([held.promise, tool.ended.then(() => false), late.catch(() => false)]);
    signal.throwIfAborted();
    if (isHeld) return { release: () => tool.kill() };
    await tool.kill();
    return { errors };
  } catch (error) {
    await tool.kill();
    throw error;
  } finally {
    over.abort();
  }
}
