import type { Stage } from '../run/pipeline.ts';
import { type Copier, PEER_KEY, type Work } from './copier.ts';

/** The download, as the first program of a pipe. */
export function curlDownload(curl: string, { source, caFile }: Work): Stage {
  return { command: curl, args: [...quiet(caFile), source] };
}

/**
 * The floor: one request out, one request in, no parts, no checksum, no proof. Nothing that copies through user
 * space does less.
 */
export function curlIntoCurl(curl: string): Copier {
  return {
    id: 'curl',
    title: 'curl | curl',
    stages: (work) => [
      curlDownload(curl, work),
      {
        command: curl,
        // Without `Expect` it need not wait to be told to go on.
        args: [...quiet(work.caFile), '--header', 'Expect:', '--upload-file', '-', objectUrl(work)],
      },
    ],
  };
}

function quiet(caFile: string | undefined): string[] {
  return ['--silent', '--show-error', '--fail', ...(caFile === undefined ? [] : ['--cacert', caFile])];
}

function objectUrl({ store }: Work): string {
  return `${store.endpoint}/${store.bucket}/${PEER_KEY}`;
}
