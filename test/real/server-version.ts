import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findBinary } from '../../sandbox/servers/server-process.ts';
import type { RealServer } from './start-server.ts';

const run = promisify(execFile);

/** The version of a server's program, as it, or who built it, says. */
export async function versionOf(name: RealServer['name']): Promise<string> {
  switch (name) {
    case 'seaweedfs':
      return said(findBinary('WEED_BIN', 'weed', ''), ['version'], /^version \S+ (\S+)/m);
    case 'versitygw':
      return builtBy(findBinary('VERSITYGW_BIN', 'versitygw', ''));
    case 'minio':
      return builtBy(findBinary('MINIO_BIN', 'minio', ''));
    case 'rclone':
      return said(findBinary('RCLONE_BIN', 'rclone', ''), ['version'], /^rclone v(\S+)/m);
    case 'moto': {
      const folder = dirname(await realpath(findBinary('MOTO_BIN', 'moto_server', '')));
      return said(join(folder, 'python'), ['-c', 'import moto; print(moto.__version__)'], /^(\S+)/m);
    }
    case 'ceph':
      return said(findBinary('', 'radosgw', ''), ['--version'], /^ceph version (\S+)/m);
  }
}

/** What `go install` was asked for: the programs themselves do not know. */
function builtBy(binary: string): Promise<string> {
  return said('go', ['version', '-m', binary], /^\tmod\t\S+\tv(\S+)/m);
}

async function said(binary: string, args: readonly string[], pattern: RegExp): Promise<string> {
  const { stdout } = await run(binary, args);
  const version = pattern.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`${binary} ${args.join(' ')} names no version: ${stdout}`);
  return version;
}
