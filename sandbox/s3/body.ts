import { ChunkedDecoder, chunkedKind } from './aws-chunked.ts';
import { BodyDigests, type CheckedDigests } from './body-digests.ts';
import type { ChecksumAlgorithm } from './checksum.ts';
import type { Claims } from './claimed-checksum.ts';
import { type Exchange, headerOf } from './exchange.ts';
import { invalidRequest, S3Error } from './s3-error.ts';
import { MemorySink, type Sink } from './sink.ts';

const MAX_BODY_BYTES = 5 * 1024 ** 3;
const MAX_DOCUMENT_BYTES = 2 * 1024 ** 2;

/** A body that was received whole and is what its headers said. */
export interface ReceivedBody extends CheckedDigests {
  /** Bytes. */
  readonly size: number;
}

/** A connection that was cut on purpose, or by the client: there is nobody to answer. */
export class ConnectionLost extends Error {}

/**
 * Bytes of payload that are to come.
 * @throws S3Error `MissingContentLength`, `EntityTooLarge`
 */
export function declaredSize(exchange: Exchange): number {
  const kind = chunkedKind(exchange.authentication.payload);
  const name = kind === undefined ? 'content-length' : 'x-amz-decoded-content-length';
  const text = headerOf(exchange, name);
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new S3Error('MissingContentLength');
  const size = Number.parseInt(text, 10);
  if (size > MAX_BODY_BYTES) {
    throw new S3Error('EntityTooLarge', { fields: { ProposedSize: size, MaxSizeAllowed: MAX_BODY_BYTES } });
  }
  return size;
}

/**
 * Reads the body into a sink, with every check that S3 makes on the way. The sink is finished when it
 * returns; after an error the caller releases it.
 * @throws S3Error `BadDigest`, `XAmzContentSHA256Mismatch`, `IncompleteBody`, `SignatureDoesNotMatch`
 * @throws ConnectionLost
 */
export async function receiveBody(
  exchange: Exchange,
  sink: Sink,
  claims: Claims,
  wanted: readonly ChecksumAlgorithm[],
  needsMd5: boolean,
): Promise<ReceivedBody> {
  const declared = declaredSize(exchange);
  const { payload } = exchange.authentication;
  const kind = chunkedKind(payload);
  const decoder = kind === undefined ? undefined : new ChunkedDecoder(kind, exchange.authentication);
  const signedSha256 = /^[0-9a-f]{64}$/.test(payload) ? payload : undefined;
  if (decoder === undefined && signedSha256 === undefined && payload !== 'UNSIGNED-PAYLOAD') {
    throw invalidRequest('The value of x-amz-content-sha256 header is invalid.');
  }

  const digests = new BodyDigests(claims, wanted, needsMd5, signedSha256);
  let size = 0;
  for await (const piece of piecesOf(exchange)) {
    for (const data of decoder === undefined ? [piece] : decoder.decode(piece)) {
      digests.update(data);
      await sink.write(corrupted(exchange, data, size));
      size += data.length;
      exchange.record.bytesReceived = size;
      resetIfScripted(exchange, size);
      if (size > declared) throw new S3Error('IncompleteBody');
    }
  }
  const trailers = decoder?.end();
  if (size !== declared) throw new S3Error('IncompleteBody');

  const checked = digests.finish(trailers);
  await sink.finish();
  return { size, ...checked };
}

/** The body of a request that carries a document. @throws S3Error `MalformedXML` when it is too long */
export async function receiveDocument(exchange: Exchange, claims: Claims): Promise<string> {
  if (declaredSize(exchange) > MAX_DOCUMENT_BYTES) throw new S3Error('MalformedXML');
  const sink = new MemorySink();
  await receiveBody(exchange, sink, claims, [], false);
  return sink.content().toString('utf8');
}

async function* piecesOf(exchange: Exchange): AsyncGenerator<Buffer> {
  try {
    for await (const piece of exchange.request) yield piece as Buffer;
  } catch (error) {
    throw new ConnectionLost('the client went away', { cause: error });
  }
}

function resetIfScripted(exchange: Exchange, size: number): void {
  if (exchange.fault?.kind === 'reset' && size >= exchange.fault.afterBytes) {
    exchange.request.socket.resetAndDestroy();
    throw new ConnectionLost('reset as scripted');
  }
}

/** The data as it is stored: with one bit flipped if that was scripted. */
function corrupted(exchange: Exchange, data: Buffer, position: number): Buffer {
  if (exchange.fault?.kind !== 'corrupt') return data;
  const index = (exchange.fault.atByte ?? 0) - position;
  if (index < 0 || index >= data.length) return data;
  const copy = Buffer.from(data);
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}
