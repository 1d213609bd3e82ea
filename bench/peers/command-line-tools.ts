import { awsEnvironment, type Copier, PEER_KEY, type Work } from './copier.ts';
import { curlDownload } from './curl.ts';

/** `curl | aws s3 cp -`, at its defaults. */
export function awsCopy(curl: string, aws: string): Copier {
  return {
    id: 'aws',
    title: 'curl | aws s3 cp -',
    stages: (work) => [
      curlDownload(curl, work),
      {
        command: aws,
        args: [
          's3',
          'cp',
          '--no-progress',
          '--endpoint-url',
          work.store.endpoint,
          '-',
          objectName('s3://', work),
        ],
        env: awsEnvironment(work),
      },
    ],
  };
}

/** `curl | s5cmd pipe`, at its defaults. */
export function s5cmdPipe(curl: string, s5cmd: string): Copier {
  return {
    id: 's5cmd',
    title: 'curl | s5cmd pipe',
    stages: (work) => [
      curlDownload(curl, work),
      {
        command: s5cmd,
        args: ['--endpoint-url', work.store.endpoint, 'pipe', objectName('s3://', work)],
        env: { ...awsEnvironment(work), ...goTrust(work) },
      },
    ],
  };
}

/** `rclone copyurl`, at its defaults: it downloads itself. */
export function rcloneCopyUrl(rclone: string): Copier {
  return {
    id: 'rclone-copyurl',
    title: 'rclone copyurl',
    stages: (work) => [
      {
        command: rclone,
        args: ['copyurl', work.source, objectName(':s3:', work)],
        env: rcloneEnvironment(work),
      },
    ],
  };
}

/** `curl | rclone rcat`, at its defaults. */
export function rcloneRcat(curl: string, rclone: string): Copier {
  return {
    id: 'rclone-rcat',
    title: 'curl | rclone rcat',
    stages: (work) => [
      curlDownload(curl, work),
      { command: rclone, args: ['rcat', objectName(':s3:', work)], env: rcloneEnvironment(work) },
    ],
  };
}

/** https://rclone.org/s3/; provider `Other` for a store that it does not know. */
export function rcloneEnvironment({ store, caFile }: Pick<Work, 'store' | 'caFile'>): Record<string, string> {
  return {
    RCLONE_CONFIG: '/dev/null',
    RCLONE_S3_PROVIDER: 'Other',
    RCLONE_S3_ENDPOINT: store.endpoint,
    RCLONE_S3_REGION: store.region,
    RCLONE_S3_ACCESS_KEY_ID: store.accessKeyId,
    RCLONE_S3_SECRET_ACCESS_KEY: store.secretAccessKey,
    ...(caFile === undefined ? {} : { RCLONE_CA_CERT: caFile }),
  };
}

/** Go's own variable for the authorities that are trusted (crypto/x509). */
function goTrust({ caFile }: Work): Record<string, string> {
  return caFile === undefined ? {} : { SSL_CERT_FILE: caFile };
}

function objectName(scheme: string, { store }: Work): string {
  return `${scheme}${store.bucket}/${PEER_KEY}`;
}
