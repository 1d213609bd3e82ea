import type { S3Client } from '@aws-sdk/client-s3';
import type { EventLog } from '../../../ports/event-log.ts';
import { formatDuration } from '../../../text/duration.ts';
import { type CommandContext, callOf } from './call.ts';
import { addressOf, type Peer } from './network-fault.ts';

/** A request that waits for so long says so, and again each time it has waited as long once more. Milliseconds. */
const TELL_EVERY = 50_000;

/**
 * Says of a request that has had no response for a while what is waited for: a part may wait for minutes. Of several
 * that wait at once, one says it: they wait for the same store.
 * @param timeoutScale factor on the time
 */
export function tellWaits(client: S3Client, timeoutScale: number): void {
  const every = TELL_EVERY * timeoutScale;
  const last = new WeakMap<EventLog, number>();
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const { log, operation } = callOf(context as CommandContext);
      if (log === undefined) return next(args);
      const begun = performance.now();
      const tell = () => {
        const now = performance.now();
        // A timer may be early by a little.
        if (now - (last.get(log) ?? 0) < 0.9 * every) return;
        last.set(log, now);
        const host = addressOf(args.request as Peer);
        const waitedMs = Math.round(now - begun);
        const sentence = `no response from ${host} for ${formatDuration(waitedMs)}: still waiting (${operation})`;
        log.info('s3.waiting', { operation, host, waitedMs }, sentence);
      };
      const timer = setInterval(tell, every);
      try {
        return await next(args);
      } finally {
        clearInterval(timer);
      }
    },
    // Behind the loop that sends it again: each try waits by itself.
    { step: 'finalizeRequest', name: 'tellWaits', priority: 'low' },
  );
}
