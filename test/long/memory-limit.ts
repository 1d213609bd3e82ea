import { accessSync, constants, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A limit that the kernel sets to a process; gone once the process is. */
export interface MemoryLimit extends Disposable {
  /** What sets it. Where a machine lets no one make a group, there is none, and only the peak says what was used. */
  readonly by: 'cgroup' | 'peak alone';
}

/** Both kinds of control groups (https://docs.kernel.org/admin-guide/cgroup-v2.html, and cgroup-v1/memory.html). */
const KINDS = [
  { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { root: '/sys/fs/cgroup', limit: 'memory.max' },
];

/** @param bytes beyond which the process is killed */
export function limitMemory(pid: number, bytes: number): MemoryLimit {
  for (const { root, limit } of KINDS) {
    const group = join(root, `backup-archiver-${pid}`);
    try {
      accessSync(root, constants.W_OK);
      mkdirSync(group);
    } catch {
      continue;
    }
    const end = () => rmdirSync(group);
    if (!existsSync(join(group, limit))) {
      end();
      continue;
    }
    writeFileSync(join(group, limit), String(bytes));
    writeFileSync(join(group, 'cgroup.procs'), String(pid));
    return { by: 'cgroup', [Symbol.dispose]: end };
  }
  return { by: 'peak alone', [Symbol.dispose]: () => {} };
}
