import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../cache-folder.ts';
import { isExecutable, onPath, requireOnPath, runTool } from './run-tool.ts';

/** nginx from the PATH, else Debian's package unpacked into the cache, for which no rights are needed. */
export async function installNginx(): Promise<string> {
  const installed = onPath('nginx') ?? (isExecutable('/usr/sbin/nginx') ? '/usr/sbin/nginx' : undefined);
  if (installed !== undefined) return installed;
  const folder = cacheFolder('tools', 'nginx');
  const program = join(folder, 'usr', 'sbin', 'nginx');
  if (isExecutable(program)) return program;
  process.stderr.write('unpacking nginx from its Debian package\n');
  await runTool(requireOnPath('apt-get', 'nginx'), ['download', 'nginx'], { cwd: folder });
  const file = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (file === undefined) throw new Error('"apt-get download nginx" left no package behind');
  await runTool('dpkg', ['-x', join(folder, file), folder]);
  return program;
}
