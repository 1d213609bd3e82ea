import type { Config } from '../config/schema/config.ts';
import type { Adapters } from './app-context.ts';
import type { SideWork } from './keep-beside.ts';
import { restoreNewest } from './restore-newest.ts';

/** Restores the newest archive of each database in each slot of `restoreTest.cron`. */
export function restoreWork(config: Config, { store }: Adapters): SideWork {
  return {
    name: 'restore tests',
    trigger: 'restore-test',
    cron: config.restoreTest.cron,
    work: async (trigger, context, signal) => {
      const verdicts = await restoreNewest(store, { config, context, trigger }, signal);
      return verdicts.flatMap((each) => (each.ok || each.isSkipped || each.isFault ? [] : [each.error]));
    },
  };
}
