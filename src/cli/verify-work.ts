import type { Config } from '../config/schema/config.ts';
import type { Adapters } from './app-context.ts';
import type { SideWork } from './keep-beside.ts';
import { verifyDue } from './verify-due.ts';

/** Reads back the share that is due in each slot of `verify.cron`. */
export function verifyWork(config: Config, { store }: Adapters): SideWork {
  const { cron } = config.verify;
  return {
    name: 'reading back',
    trigger: 'verify',
    cron,
    work: async (trigger, context, signal) => {
      if (cron === undefined) return [];
      const verdicts = await verifyDue({ config, cron, context, store, databases: [], trigger }, signal);
      return verdicts.flatMap((each) => (each.ok || each.isFault ? [] : [each.error]));
    },
  };
}
