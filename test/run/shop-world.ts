import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { archiveDatabase } from '../../src/run/archive-database.ts';
import type { JobSettings } from '../../src/run/database-job.ts';
import { calm } from '../stores/s3/store-fixture.ts';
import { HOUR } from '../support/database-job.ts';
import { Workbench, type WorkbenchOptions } from './workbench.ts';

export const archive = syntheticArchive({ size: 300_000, seed: 'database' });

/** One database with small archives, and runs of it. */
export async function start(options: WorkbenchOptions = {}) {
  const bench = await Workbench.start(options);
  const database = bench.scalingo.addDatabase({ app: 'shop', archive });
  return {
    bench,
    database,
    run: (settings: Partial<JobSettings> = {}) => archiveDatabase(bench.job(database, settings), calm()),
    /** Hours before now. */
    ago: (hours: number) => bench.clock.now() - hours * HOUR,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}
