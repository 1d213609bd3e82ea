import {
  ALGORITHMS,
  type ChecksumAlgorithm,
  checksumHeader,
  isChecksumValue,
  parseAlgorithm,
} from './checksum.ts';
import { type Exchange, headerOf } from './exchange.ts';
import { invalidArgument, invalidRequest, S3Error } from './s3-error.ts';

/** What the client says the checksums of its body are. */
export interface Claims {
  /** The one `x-amz-checksum-*` of the request. */
  readonly algorithm: ChecksumAlgorithm | undefined;
  /** Its value in base64; `undefined` when it comes in the trailer. */
  readonly value: string | undefined;
  /** `Content-MD5`, in base64. */
  readonly md5: string | undefined;
}

/** @throws S3Error for headers that S3 refuses before it reads the body */
export function readClaims(exchange: Exchange): Claims {
  if (exchange.quirks.checksums === 'refused') refuseChecksums(exchange);
  const md5 = headerOf(exchange, 'content-md5');
  if (md5 !== undefined && !isMd5(md5))
    throw new S3Error('InvalidDigest', { fields: { 'Content-MD5': md5 } });
  if (exchange.quirks.checksums === 'ignored') return { algorithm: undefined, value: undefined, md5 };

  const given = ALGORITHMS.filter((algorithm) => headerOf(exchange, checksumHeader(algorithm)) !== undefined);
  const trailing = trailingAlgorithm(exchange);
  if (given.length + (trailing === undefined ? 0 : 1) > 1) {
    throw invalidRequest(
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const algorithm = given[0] ?? trailing;
  if (algorithm !== undefined) demandKnown(exchange, algorithm);
  const value = given[0] === undefined ? undefined : headerOf(exchange, checksumHeader(given[0]));
  if (algorithm !== undefined && value !== undefined && !isChecksumValue(algorithm, value)) {
    throw invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`);
  }
  checkSdkHeader(exchange, algorithm);
  return { algorithm, value, md5 };
}

/** As stores answer that knew nothing of the checksum headers of 2022. */
export function refuseChecksums(exchange: Exchange): void {
  const name = Object.keys(exchange.headers).find(
    (header) =>
      header === 'x-amz-trailer' ||
      header === 'x-amz-sdk-checksum-algorithm' ||
      (header.startsWith('x-amz-checksum-') && header !== 'x-amz-checksum-mode'),
  );
  if (name !== undefined) throw unsupportedHeader(exchange, name);
}

/** Refuses a header that the store does not know, where the request has it. @throws S3Error */
export function refuseHeader(exchange: Exchange, name: string): void {
  if (headerOf(exchange, name) !== undefined) throw unsupportedHeader(exchange, name);
}

function unsupportedHeader(exchange: Exchange, name: string): S3Error {
  if (exchange.quirks.refusal === 'NotImplemented') {
    return new S3Error('NotImplemented', { fields: { Header: name } });
  }
  const message = `Unsupported header '${name}' received for this API call.`;
  return invalidArgument(name, String(exchange.headers[name]), message);
}

/** @throws S3Error `InvalidRequest` */
export function demandKnown(exchange: Exchange, algorithm: ChecksumAlgorithm): void {
  const known = exchange.quirks.checksumAlgorithms;
  if (known.includes(algorithm)) return;
  throw invalidRequest(
    `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${known.join(', ')}]`,
  );
}

function trailingAlgorithm(exchange: Exchange): ChecksumAlgorithm | undefined {
  const trailer = headerOf(exchange, 'x-amz-trailer');
  if (trailer === undefined) return undefined;
  const algorithm = ALGORITHMS.find((candidate) => checksumHeader(candidate) === trailer.toLowerCase());
  if (algorithm === undefined) {
    throw invalidRequest('The value specified in the x-amz-trailer header is not supported');
  }
  return algorithm;
}

function checkSdkHeader(exchange: Exchange, algorithm: ChecksumAlgorithm | undefined): void {
  const named = headerOf(exchange, 'x-amz-sdk-checksum-algorithm');
  if (named === undefined) return;
  if (algorithm === undefined) {
    throw invalidRequest(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  if (parseAlgorithm(named) !== algorithm) {
    throw invalidRequest('Value for x-amz-sdk-checksum-algorithm header is invalid.');
  }
}

function isMd5(text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 16 && bytes.toString('base64') === text;
}
