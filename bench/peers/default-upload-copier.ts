import { fileURLToPath } from 'node:url';
import { awsEnvironment, type Copier, PEER_KEY } from './copier.ts';

const PROGRAM = fileURLToPath(new URL('default-upload.ts', import.meta.url));

/** got piped into a default `Upload`: the same libraries, used as their own examples use them. */
export function defaultUpload(): Copier {
  return {
    id: 'default-upload',
    title: 'got into a default Upload',
    stages: (work) => {
      const { source, store, caFile } = work;
      return [
        {
          command: process.execPath,
          args: [PROGRAM, source, store.endpoint, store.bucket, PEER_KEY],
          env: {
            ...awsEnvironment(work),
            ...(caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: caFile }),
          },
        },
      ];
    },
  };
}
