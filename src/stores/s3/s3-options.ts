import type { Proxies } from '../../proxy/http-proxy.ts';
import type { NamedChecksum } from './capabilities/store-profile.ts';

/** What the S3 adapter needs to know; `undefined` leaves the choice to the adapter or the SDK. */
export interface S3Options {
  readonly bucket: string;
  /** Empty, or ending in `/`. */
  readonly prefix: string;
  readonly region: string;
  readonly endpoint: string | undefined;
  readonly forcePathStyle: boolean;
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
  readonly storageClass: string | undefined;
  readonly sse: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | undefined;
  readonly kmsKeyId: string | undefined;
  readonly objectLock: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly days: number } | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** PEM text of the store's own CA. */
  readonly ca: string | undefined;
  readonly partSize: number | undefined;
  readonly concurrency: number | undefined;
  readonly maxParts: number | undefined;
  readonly checksum: 'auto' | NamedChecksum | 'none';
  /** What the store is reached by; directly unless given. */
  readonly proxies?: Proxies | undefined;
  /** Factor on every time limit (`deadlines.ts`); 1 unless given. A test of a silent store lowers it. */
  readonly timeoutScale?: number | undefined;
}
