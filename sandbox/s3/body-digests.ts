import {
  type ChecksumAlgorithm,
  checksumHeader,
  type Digest,
  isChecksumValue,
  startDigest,
} from './checksum.ts';
import type { Claims } from './claimed-checksum.ts';
import { invalidRequest, S3Error } from './s3-error.ts';

/** The digests of a body, after they were held against what the client claimed. */
export interface CheckedDigests {
  /** `undefined` where nobody wanted it. */
  readonly md5: Buffer | undefined;
  /** Base64, of every algorithm that was asked for or claimed. */
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
}

/** Everything that must be computed of a body on its way in. */
export class BodyDigests {
  readonly #claims: Claims;
  readonly #digests = new Map<ChecksumAlgorithm, Digest>();
  readonly #md5: Digest | undefined;
  /** The payload hash that was signed, in hex; kept apart from a SHA256 that is to be stored. */
  readonly #signed: { readonly hex: string; readonly digest: Digest } | undefined;
  readonly #running: readonly Digest[];

  /** @param signedSha256 `x-amz-content-sha256` where it is a hash */
  constructor(
    claims: Claims,
    wanted: readonly ChecksumAlgorithm[],
    needsMd5: boolean,
    signedSha256: string | undefined,
  ) {
    this.#claims = claims;
    for (const algorithm of wanted) this.#digests.set(algorithm, startDigest(algorithm));
    if (claims.algorithm !== undefined) this.#digests.set(claims.algorithm, startDigest(claims.algorithm));
    this.#md5 = needsMd5 || claims.md5 !== undefined ? startDigest('MD5') : undefined;
    this.#signed =
      signedSha256 === undefined ? undefined : { hex: signedSha256, digest: startDigest('SHA256') };
    this.#running = [...this.#digests.values(), this.#md5, this.#signed?.digest].filter(
      (digest) => digest !== undefined,
    );
  }

  update(data: Buffer): void {
    for (const digest of this.#running) digest.update(data);
  }

  /** @throws S3Error `BadDigest`, `XAmzContentSHA256Mismatch`, `InvalidRequest` */
  finish(trailers: ReadonlyMap<string, string> | undefined): CheckedDigests {
    const checksums = new Map<ChecksumAlgorithm, string>();
    for (const [algorithm, digest] of this.#digests) {
      checksums.set(algorithm, digest.digest().toString('base64'));
    }
    const md5 = this.#md5?.digest();
    this.#checkSignedHash();
    this.#checkMd5(md5);
    this.#checkClaim(checksums, trailers);
    return { md5, checksums };
  }

  #checkSignedHash(): void {
    if (this.#signed === undefined) return;
    const computed = this.#signed.digest.digest().toString('hex');
    if (computed === this.#signed.hex) return;
    throw new S3Error('XAmzContentSHA256Mismatch', {
      fields: { ClientComputedContentSHA256: this.#signed.hex, S3ComputedContentSHA256: computed },
    });
  }

  #checkMd5(md5: Buffer | undefined): void {
    const claimed = this.#claims.md5;
    const computed = md5?.toString('base64') ?? '';
    if (claimed === undefined || claimed === computed) return;
    throw new S3Error('BadDigest', { fields: { ExpectedDigest: claimed, CalculatedDigest: computed } });
  }

  #checkClaim(
    checksums: ReadonlyMap<ChecksumAlgorithm, string>,
    trailers: ReadonlyMap<string, string> | undefined,
  ): void {
    const { algorithm, value } = this.#claims;
    if (algorithm === undefined) return;
    const name = checksumHeader(algorithm);
    const claimed = value ?? trailers?.get(name);
    if (claimed === undefined || !isChecksumValue(algorithm, claimed)) {
      throw invalidRequest(`Value for ${name} trailing header is invalid.`);
    }
    if (claimed === checksums.get(algorithm)) return;
    throw new S3Error('BadDigest', {
      message: `The ${algorithm} you specified did not match the calculated checksum.`,
    });
  }
}
