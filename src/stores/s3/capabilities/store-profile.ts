import type { ChecksumAlgorithm, ChecksumChoice } from '../../../integrity/checksum.ts';
import { type PartLimits, S3_LIMITS } from '../upload/choose-layout.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const TiB = 2 ** 40;
const GB = 1e9;

/** What is documented of one kind of store, as far as a transfer goes by it. */
export interface StoreProfile {
  readonly name: string;
  /** How its multipart uploads are bounded. Those of stores that no host name tells are S3's own. */
  readonly limits: PartLimits;
  /** Whether it refuses an upload whose parts but the last differ in size. Every layout here obeys. */
  readonly equalParts: boolean;
  /**
   * Whether CompleteMultipartUpload is documented to honour `If-None-Match: *`. Elsewhere the transfer looks
   * before it completes, and does without the condition where that is refused.
   */
  readonly conditionalComplete: boolean;
  /** The checksums of multipart uploads that are documented; `null`: nothing is, and the probe finds out. */
  readonly checksums: readonly ChecksumChoice[] | null;
  /** Where each of these is documented. */
  readonly sources: readonly string[];
}

interface Known extends StoreProfile {
  /** The operator's host names. */
  readonly host?: RegExp;
  /** How the `Server` header of its responses begins. */
  readonly server?: RegExp;
}

const FULL_CRC32: ChecksumChoice = { algorithm: 'CRC32', kind: 'full-object' };
const COMPOSITE_CRC32: ChecksumChoice = { algorithm: 'CRC32', kind: 'composite' };
const FULL_CRC64NVME: ChecksumChoice = { algorithm: 'CRC64NVME', kind: 'full-object' };
const COMPOSITE_SHA256: ChecksumChoice = { algorithm: 'SHA256', kind: 'composite' };
/** Every one that S3 has of the algorithms here; of one algorithm, the one that says more goes first. */
const S3_CHECKSUMS: readonly ChecksumChoice[] = [
  FULL_CRC32,
  COMPOSITE_CRC32,
  FULL_CRC64NVME,
  COMPOSITE_SHA256,
];

/** Anything else that speaks S3. */
export const UNKNOWN_STORE: StoreProfile = {
  name: 'unknown',
  limits: S3_LIMITS,
  equalParts: false,
  conditionalComplete: false,
  checksums: null,
  sources: ['https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html'],
};

/** One line a store; `unknown` is what holds for whatever a line leaves out. */
const KNOWN: readonly Known[] = [
  {
    ...UNKNOWN_STORE,
    name: 'aws',
    host: /(^|\.)amazonaws\.com(\.cn)?$/,
    conditionalComplete: true,
    checksums: S3_CHECKSUMS,
    sources: [
      'https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html',
      'https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html',
      'https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html',
    ],
  },
  {
    ...UNKNOWN_STORE,
    name: 'scaleway',
    host: /(^|\.)scw\.cloud$/,
    // "1 to 1000 parts", "5 MB to 5 GB per part", "up to 5 TB": decimal units are the safe reading upwards.
    limits: { ...S3_LIMITS, maxParts: 1000, maxPartSize: 5 * GB, maxObjectSize: 5000 * GB },
    conditionalComplete: true,
    checksums: S3_CHECKSUMS,
    sources: [
      'https://www.scaleway.com/en/docs/object-storage/api-cli/multipart-uploads/',
      'https://www.scaleway.com/en/docs/object-storage/api-cli/using-conditional-writes/',
      'https://www.scaleway.com/en/docs/object-storage/reference-content/supported-checksums.md',
    ],
  },
  {
    ...UNKNOWN_STORE,
    name: 'ovh',
    host: /(^|\.)cloud\.ovh\.(net|us)$/,
    limits: { ...S3_LIMITS, maxObjectSize: 48 * TiB },
    sources: ['https://support.us.ovhcloud.com/hc/en-us/articles/4605467875603'],
  },
  {
    ...UNKNOWN_STORE,
    name: 'outscale',
    host: /(^|\.)oos\.[a-z0-9-]+\.outscale\.com$/,
    // It takes parts of 1 MiB as well; S3's least is kept, since nothing is gained by smaller ones.
    limits: { ...S3_LIMITS, maxPartSize: 4 * GiB, maxObjectSize: 10_000 * 4 * GiB },
    equalParts: true,
    sources: ['https://docs.outscale.com/en/userguide/Uploading-a-Part.html'],
  },
  {
    ...UNKNOWN_STORE,
    name: 'cloudflare-r2',
    host: /(^|\.)r2\.cloudflarestorage\.com$/,
    // A part is 5 MiB less than 5 GiB, an object 5 GiB less than 5 TiB.
    limits: { ...S3_LIMITS, maxPartSize: 5 * GiB - 5 * MiB, maxObjectSize: 5 * TiB - 5 * GiB },
    equalParts: true,
    conditionalComplete: true,
    checksums: [COMPOSITE_CRC32, FULL_CRC64NVME, COMPOSITE_SHA256],
    sources: [
      'https://developers.cloudflare.com/r2/objects/multipart-objects',
      'https://developers.cloudflare.com/r2/reference/limits',
      'https://developers.cloudflare.com/r2/api/s3/conditional-operations/',
      'https://developers.cloudflare.com/r2/data-access/s3-api/api/',
    ],
  },
  {
    ...UNKNOWN_STORE,
    name: 'ceph',
    server: /^Ceph Object Gateway\b/,
    // rgw_multipart_part_upload_limit, rgw_multipart_min_part_size and rgw_max_put_size, at their defaults.
    sources: ['https://github.com/ceph/ceph/blob/main/src/common/options/rgw.yaml.in'],
  },
  {
    ...UNKNOWN_STORE,
    name: 'seaweedfs',
    server: /^SeaweedFS\b/,
    conditionalComplete: true,
    sources: [
      'https://github.com/seaweedfs/seaweedfs/blob/master/weed/s3api/s3api_object_handlers_multipart.go',
    ],
  },
  {
    ...UNKNOWN_STORE,
    name: 'garage',
    // It names itself nowhere. Where its own name is part of the host's, that is taken for it: nothing but the
    // name in the log and what is asked for first depends on the guess.
    host: /(^|[.-])garage([.-]|$)/,
    // The type is not read: what is asked for as full-object becomes composite. Later releases may know more.
    checksums: [COMPOSITE_CRC32, COMPOSITE_SHA256],
    sources: [
      'https://garagehq.deuxfleurs.fr/reference_manual/s3_compatibility.html',
      'https://github.com/deuxfleurs-org/garage/blob/294cb9940943d7febc1029ed44145daf57f914d0/src/api/s3/checksum.rs',
    ],
  },
];

/** Every profile, `unknown` last. */
export const STORE_PROFILES: readonly StoreProfile[] = [...KNOWN, UNKNOWN_STORE];

/**
 * The profile of a store, by the host of its endpoint. Layouts go by nothing else: what a response tells may
 * differ between two runs.
 * @param endpoint its URL; `undefined` is AWS
 */
export function profileOf(endpoint: string | undefined): StoreProfile {
  const host = endpoint === undefined ? 's3.amazonaws.com' : new URL(endpoint).hostname;
  return KNOWN.find((profile) => profile.host?.test(host)) ?? UNKNOWN_STORE;
}

/**
 * The profile once the store has answered: a store on its own host tells itself by the `Server` header, if at
 * all. Its limits stay those of the endpoint.
 */
export function recognise(profile: StoreProfile, server: string | undefined): StoreProfile {
  if (profile !== UNKNOWN_STORE || server === undefined) return profile;
  const known = KNOWN.find((each) => each.server?.test(server));
  return known === undefined ? profile : { ...known, limits: profile.limits };
}

/** What `s3.checksum` can name besides `auto` and `none`. */
export type NamedChecksum = 'crc32' | 'crc64nvme' | 'sha256';

const ALGORITHMS: Readonly<Record<NamedChecksum, ChecksumAlgorithm>> = {
  crc32: 'CRC32',
  crc64nvme: 'CRC64NVME',
  sha256: 'SHA256',
};

/** The checksums to ask a store for, in this order until one is taken: of what is documented, if anything is. */
export function checksumChoices({ checksums }: StoreProfile, name: NamedChecksum): readonly ChecksumChoice[] {
  const ofIt = (choices: readonly ChecksumChoice[]) =>
    choices.filter(({ algorithm }) => algorithm === ALGORITHMS[name]);
  const documented = ofIt(checksums ?? []);
  // What is not documented may have come meanwhile.
  return documented.length > 0 ? documented : ofIt(S3_CHECKSUMS);
}
