import { expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { archiveDatabase } from '../../src/run/archive-database.ts';
import { calm } from '../stores/s3/store-fixture.ts';
import { Workbench } from './workbench.ts';

const archive = syntheticArchive({ size: 50_000, seed: 'mirror since' });

it('a mirror that was broken off is not done by the archive that it made since its slot', async () => {
  await using bench = await Workbench.start();
  const database = bench.scalingo.addDatabase({ app: 'shop', archive });
  for (let n = 0; n < 3; n++) database.addBackup();
  const since = new Date(bench.clock.now());
  await archiveDatabase(bench.job(database, { mode: 'latest', since }), calm());
  expect(await bench.manifests()).toHaveLength(1);
  expect(await archiveDatabase(bench.job(database, { mode: 'latest', since }), calm())).toEqual([]);
  const rest = await archiveDatabase(bench.job(database, { mode: 'mirror', since }), calm());
  expect(rest).toHaveLength(2);
  expect(await bench.manifests()).toHaveLength(3);
});
