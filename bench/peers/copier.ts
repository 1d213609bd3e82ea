import type { Stage } from '../run/pipeline.ts';

/** One copy to be made: from a URL into a bucket. */
export interface Work {
  /** URL of the archive, from a server that honours `Range`. */
  readonly source: string;
  /** The same from one that does not. */
  readonly wholeSource: string;
  /** Bytes. */
  readonly size: number;
  readonly store: {
    readonly endpoint: string;
    readonly bucket: string;
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  /** PEM file of the authority behind both servers; `undefined`: they speak plain HTTP. */
  readonly caFile: string | undefined;
}

/** Something that copies an archive into a bucket: ours, or a tool that people use for it. */
export interface Copier {
  /** As `--peers` names it. */
  readonly id: string;
  /** As tables name it. */
  readonly title: string;
  /** The pipe of programs that does it. Asked once for every copy. */
  stages(work: Work): Stage[];
}

/** Where the peers put the archive. */
export const PEER_KEY = 'peer/archive.tar.gz';

/** The credentials as the SDKs and the CLIs read them, and nothing of this machine's own. */
export function awsEnvironment({ store, caFile }: Pick<Work, 'store' | 'caFile'>): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
    AWS_REGION: store.region,
    AWS_DEFAULT_REGION: store.region,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...(caFile === undefined ? {} : { AWS_CA_BUNDLE: caFile }),
  };
}
