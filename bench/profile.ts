import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import type { ProfileOptions } from './command-line.ts';
import { ours } from './peers/ours.ts';
import { type CpuProfile, selfTimes, type TimeShare } from './report/cpu-profile.ts';
import { formatSize } from './report/tables.ts';
import { measureCopy } from './run/measure-copy.ts';
import { archiveFile } from './servers/archive-files.ts';
import { BenchStand } from './stand.ts';

/** Functions. */
const SHOWN = 25;
/** Origins with less of the time than this are not shown. */
const WORTH_A_LINE = 0.01;

/** `npm run bench -- profile`: one copy by ours under V8's sampling profiler, and where its time went. */
export async function profile(options: ProfileOptions, signal: AbortSignal): Promise<void> {
  await using stand = await BenchStand.open();
  const { size, way, transport } = options;
  const work = stand.workFor(await archiveFile(size), size, transport);
  const folder = mkdtempSync(join(cacheFolder('profiles'), `${way}-${transport}-`));
  const nodeFlags = [...options.nodeFlags, '--cpu-prof', `--cpu-prof-dir=${folder}`];
  const own = await stand.prepareOurs(options);
  const copier = ours('ours', 'backup-archiver', way, { ...own, nodeFlags });
  await measureCopy(copier, work, stand.standFor(transport), signal);
  const { run } = await measureCopy(copier, work, stand.standFor(transport), signal);

  const profiles = readdirSync(folder).sort();
  const last = profiles.at(-1);
  if (last === undefined) throw new Error('Node has written no profile');
  const shares = selfTimes(JSON.parse(readFileSync(join(folder, last), 'utf8')) as CpuProfile);
  print(`${formatSize(size)} over ${transport}, ${way}: ${run.wall.toFixed(2)} s, `);
  print(`${run.user.toFixed(2)} user + ${run.system.toFixed(2)} system CPU s (under the profiler), `);
  print(`${run.peakMiB.toFixed(0)} MiB\n\nThe main thread's time by where the code comes from:\n`);
  print(lines(shares.byOrigin.filter(({ share }) => share >= WORTH_A_LINE)));
  print(
    `\nand by function, the first ${SHOWN}:\n${lines(shares.byFunction.slice(0, SHOWN))}\n${join(folder, last)}\n`,
  );
}

function lines(shares: readonly TimeShare[]): string {
  return shares
    .map(
      ({ name, seconds, share }) =>
        `${seconds.toFixed(2).padStart(7)} s ${(share * 100).toFixed(1).padStart(5)} %  ${name}\n`,
    )
    .join('');
}

function print(text: string): void {
  process.stdout.write(text);
}
