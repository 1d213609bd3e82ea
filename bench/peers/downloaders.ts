import type { Stage } from '../run/pipeline.ts';
import type { Turner } from '../run/take-turns.ts';
import type { ArchiveStore } from '../servers/archive-store.ts';
import { installPythonTools, versionOf } from '../tools/python-tools.ts';
import { rcloneEnvironment } from './command-line-tools.ts';
import { awsEnvironment } from './copier.ts';
import type { OursOptions } from './ours.ts';

/** The tools that people bring an object back with, and that are measured beside ours. */
export const DOWNLOAD_PEERS = ['aws', 'rclone'] as const;
export type DownloadPeer = (typeof DOWNLOAD_PEERS)[number];

/** Something that brings the archive into a file. */
export interface Downloader extends Turner {
  stage(store: ArchiveStore, file: string): Stage;
}

type OwnProgram = Pick<OursOptions, 'program' | 'nodeFlags'>;

/** The program, with the settings of the store alone. @param args the verb and what it takes */
export function ourStage({ program, nodeFlags }: OwnProgram, store: ArchiveStore, args: string[]): Stage {
  return {
    command: process.execPath,
    args: [...nodeFlags, program, ...args],
    env: {
      S3_ENDPOINT: store.endpoint,
      S3_REGION: store.region,
      S3_BUCKET: store.bucket,
      AWS_ACCESS_KEY_ID: store.accessKeyId,
      AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
      LOG_FORMAT: 'json',
    },
  };
}

/** Ours first, and the peers that were chosen, at their defaults; installs what they need. */
export async function openDownloaders(
  own: OwnProgram,
  chosen: readonly DownloadPeer[],
): Promise<{ downloaders: Downloader[]; versions: Record<string, string> }> {
  const { aws, rclone } = await installPythonTools(chosen);
  const versions: Record<string, string> = {};
  const downloaders: Downloader[] = [
    {
      id: 'ours',
      title: 'backup-archiver download',
      stage: (store, file) => ourStage(own, store, ['download', 'shop', '--output', file]),
    },
  ];
  if (aws !== undefined) {
    versions.aws = await versionOf('aws', aws);
    downloaders.push({
      id: 'aws',
      title: 'aws s3 cp',
      stage: (store, file) => ({
        command: aws,
        args: [
          ...['s3', 'cp', '--no-progress', '--endpoint-url', store.endpoint],
          ...[`s3://${store.bucket}/${store.key}`, file],
        ],
        env: awsEnvironment({ store, caFile: undefined }),
      }),
    });
  }
  if (rclone !== undefined) {
    versions.rclone = await versionOf('rclone', rclone);
    downloaders.push({
      id: 'rclone',
      title: 'rclone copyto',
      stage: (store, file) => ({
        command: rclone,
        args: ['copyto', `:s3:${store.bucket}/${store.key}`, file],
        env: rcloneEnvironment({ store, caFile: undefined }),
      }),
    });
  }
  return { downloaders, versions };
}
