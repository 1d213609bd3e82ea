import type { Config } from '../config/schema/config.ts';
import { mayPass } from '../model/errors.ts';
import type { Adapters } from './app-context.ts';
import type { SideWork } from './keep-beside.ts';
import { restoreNewest } from './restore-newest.ts';

const TRIGGER = 'restore-test';

/**
 * Restores the newest archive of each database in each slot of `restoreTest.cron`. A retry within the slot is of those that met
 * an outage: the others would be downloaded, restored and reported a second time.
 */
export function restoreWork(config: Config, { store }: Adapters): SideWork {
  /** Databases that the slot is done with. */
  const settled = new Set<string>();
  return {
    name: 'restore tests',
    trigger: TRIGGER,
    cron: config.restoreTest.cron,
    work: async (trigger, context, signal) => {
      if (trigger === TRIGGER) settled.clear();
      const verdicts = await restoreNewest(store, { config, context, trigger, without: settled }, signal);
      const undone: unknown[] = [];
      for (const each of verdicts) {
        if (!each.ok && !each.isFault && mayPass(each.error)) undone.push(each.error);
        else settled.add(each.archive.database);
      }
      return undone;
    },
  };
}
