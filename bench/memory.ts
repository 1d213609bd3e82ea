import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type OursOptions, ours } from './peers/ours.ts';
import type { MemorySection, Taken } from './report/results.ts';
import { measureCopy } from './run/measure-copy.ts';
import { archiveFolder, hollowFile } from './servers/archive-files.ts';
import type { BenchStand } from './stand.ts';

/** One large copy each way, of bytes that are generated and discarded: for the peak of its memory. */
export async function measureMemory(
  stand: BenchStand,
  options: OursOptions,
  size: number,
  signal: AbortSignal,
): Promise<Omit<MemorySection, keyof Taken>> {
  const file = hollowFile(size);
  try {
    const work = stand.workFor(file, size, 'http');
    const copiers = [
      ours('ours', 'from a source with Range', 'ranges', options),
      ours('ours-whole', 'from a source without', 'whole', options),
    ];
    const points: MemorySection['points'][number][] = [];
    for (const copier of copiers) {
      const { run } = await measureCopy(copier, work, stand.standFor('http'), signal);
      points.push({ id: copier.id, title: copier.title, run });
    }
    return { size, points };
  } finally {
    rmSync(join(archiveFolder(), file), { force: true });
  }
}
