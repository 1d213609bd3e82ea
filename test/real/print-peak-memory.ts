// Loaded into the program by `--import`: as its last act it says how much memory it had at its peak, on
// standard error. Not `resourceUsage().maxRSS`: Linux counts what the parent had before the exec as well.
import { readFileSync, writeSync } from 'node:fs';

process.on('exit', () => {
  const [, kib = '?'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  writeSync(2, `peak memory: ${kib} KiB\n`);
});
