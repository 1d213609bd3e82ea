import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who this process is, for a lease that others read. */
export interface ProcessIdentity {
  readonly holder: string;
  readonly host: string;
  readonly pid: number;
  /**
   * Boot id and PID namespace (proc(5), pid_namespaces(7)): equal only where pids mean the same processes.
   * A host name would not do: two machines may have the same one. `null` where there is no /proc.
   */
  readonly processTable: string | null;
  isAlive(pid: number): boolean;
}

/** This process, as the holder of what one run takes. */
export function processIdentity(runId: string): ProcessIdentity {
  return { holder: runId, host: hostname(), pid: process.pid, processTable: processTable(), isAlive };
}

function processTable(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
