import type { Config } from '../config/schema/config.ts';
import { followRuns } from '../observability/notify/follow-runs.ts';
import { Notifier } from '../observability/notify/notifier.ts';
import { Proxies } from '../proxy/http-proxy.ts';
import type { AppContext } from './app-context.ts';

/** Does `work` with the notifier that is configured, and waits at its end, well or not, for what it has to tell. */
export async function whileNotifying<Result>(
  config: Config,
  context: AppContext,
  work: (context: AppContext) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const notifier = openNotifier(config, context, signal);
  if (notifier === undefined) return work(context);
  try {
    return await work({ ...context, notifier });
  } finally {
    await notifier.settled();
  }
}

/**
 * Notifies the targets that `notify` names of each run from now on; `undefined` where it names none. Notifying holds
 * up nothing: see `Notifier.settled`.
 * @param stopping the process is to stop
 */
export function openNotifier(
  { notify, proxy }: Config,
  context: AppContext,
  stopping: AbortSignal,
): Notifier | undefined {
  if (notify.pingUrl === undefined && notify.webhookUrl === undefined) return undefined;
  const { version, clock, random, log, scrubber } = context;
  const notifier = new Notifier({
    ...notify,
    proxies: new Proxies(proxy),
    version,
    clock,
    random,
    log,
    stopping,
    scrub: (text) => scrubber.scrub(text),
  });
  context.subscribe(followRuns(notifier, clock));
  return notifier;
}
