import type { ScalingoFront } from '../servers/scalingo-front.ts';
import type { Copier } from './copier.ts';

export interface OursOptions {
  readonly front: ScalingoFront;
  /** The file that starts the program. */
  readonly program: string;
  /** Node's own flags. */
  readonly nodeFlags: readonly string[];
  /** More configuration. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The flags under which the Docker image runs the program. */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=1'];

/** The program as users run it: three calls for the tokens, a listing, a link, the copy, the proof, the manifest. */
export function ours(
  id: string,
  title: string,
  way: 'ranges' | 'whole',
  { front, program, nodeFlags, env }: OursOptions,
): Copier {
  return {
    id,
    title,
    stages: ({ source, wholeSource, size, store, caFile }) => {
      front.offer(way === 'ranges' ? source : wholeSource, size);
      return [
        {
          command: process.execPath,
          args: [...nodeFlags, program, 'run'],
          env: {
            ...front.environment(),
            S3_ENDPOINT: store.endpoint,
            S3_REGION: store.region,
            S3_BUCKET: store.bucket,
            AWS_ACCESS_KEY_ID: store.accessKeyId,
            AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
            LOG_FORMAT: 'json',
            ...(caFile === undefined ? {} : { S3_CA_FILE: caFile, NODE_EXTRA_CA_CERTS: caFile }),
            ...env,
          },
        },
      ];
    },
  };
}
