import { cpSync, existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './run-tool.ts';

/**
 * Makes the program of a checkout as it is installed: compiled, without its sources. Run from the sources, Node
 * strips their types at every start, which users pay for in a checkout only.
 * @param folder an empty one
 * @returns the file to start
 */
export async function buildProgram(checkout: string, folder: string): Promise<string> {
  const compiler = join(checkout, 'node_modules', '.bin', 'tsc');
  const dist = join(folder, 'dist');
  const errors = await runTool(compiler, [
    '-p',
    join(checkout, 'tsconfig.build.json'),
    '--outDir',
    dist,
  ]).then(() => '', String);
  if (!existsSync(join(dist, 'main.js'))) throw new Error(errors || `${compiler} has written no main.js`);
  if (errors !== '') process.stderr.write(`measured all the same: ${errors}\n`);
  for (const part of ['bin', 'package.json'])
    cpSync(join(checkout, part), join(folder, part), { recursive: true });
  symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  return programOf(folder);
}

/** The file that starts the program of a checkout or an installation. */
export function programOf(folder: string): string {
  return join(folder, 'bin', 'backup-archiver.mjs');
}
