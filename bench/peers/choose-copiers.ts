import { basename } from 'node:path';
import { installPythonTools, type PythonTool, versionOf } from '../tools/python-tools.ts';
import { firstLine, requireOnPath, runTool } from '../tools/run-tool.ts';
import { awsCopy, rcloneCopyUrl, rcloneRcat, s5cmdPipe } from './command-line-tools.ts';
import type { Copier } from './copier.ts';
import { curlIntoCurl } from './curl.ts';
import { defaultUpload } from './default-upload-copier.ts';

/** What a peer needs besides curl. */
const NEEDS = {
  curl: undefined,
  'rclone-copyurl': 'rclone',
  'rclone-rcat': 'rclone',
  aws: 'aws',
  s5cmd: 's5cmd',
  'default-upload': undefined,
} as const satisfies Record<string, PythonTool | undefined>;

export type PeerId = keyof typeof NEEDS;

/** In the order in which they take their turns. */
export const PEER_IDS = Object.keys(NEEDS) as PeerId[];

export interface Peers {
  readonly copiers: Copier[];
  /** As the programs tell them. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Installs what the chosen peers need. */
export async function openPeers(chosen: readonly PeerId[]): Promise<Peers> {
  const curl = requireOnPath('curl', 'curl');
  const needed = new Set(chosen.map((id) => NEEDS[id]).filter((tool) => tool !== undefined));
  const programs = await installPythonTools([...needed]);
  const versions: Record<string, string> = { curl: firstLine(await runTool(curl, ['--version'])) };
  for (const [tool, program] of Object.entries(programs)) {
    versions[basename(program)] = await versionOf(tool as PythonTool, program);
  }
  const { aws = '', rclone = '', s5cmd = '' } = programs;
  const all: Record<PeerId, Copier> = {
    curl: curlIntoCurl(curl),
    aws: awsCopy(curl, aws),
    'rclone-copyurl': rcloneCopyUrl(rclone),
    'rclone-rcat': rcloneRcat(curl, rclone),
    s5cmd: s5cmdPipe(curl, s5cmd),
    'default-upload': defaultUpload(),
  };
  return { copiers: PEER_IDS.filter((id) => chosen.includes(id)).map((id) => all[id]), versions };
}
