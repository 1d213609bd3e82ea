import { createHash, type Hash } from 'node:crypto';
import { S3Error } from './s3-error.ts';
import { type Authentication, hmac, sameText, sha256 } from './signature.ts';

/**
 * The `aws-chunked` content coding, signed or not, with or without trailers:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
const MAX_LINE = 8 * 1024;
/** Of every chunk but the last. */
const MIN_CHUNK = 8 * 1024;
const EMPTY_SHA256 = sha256('');

export interface ChunkedKind {
  readonly signed: boolean;
  readonly trailer: boolean;
}

/** What `x-amz-content-sha256` says of the body; `undefined` when it is not in chunks. */
export function chunkedKind(payload: string): ChunkedKind | undefined {
  switch (payload) {
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return { signed: false, trailer: true };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
      return { signed: true, trailer: false };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return { signed: true, trailer: true };
    default:
      return undefined;
  }
}

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'end';

/** Takes the framing off, piece by piece, and checks it. */
export class ChunkedDecoder {
  readonly #kind: ChunkedKind;
  readonly #authentication: Authentication;
  readonly #trailers = new Map<string, string>();
  #state: State = 'size';
  #line = '';
  #left = 0;
  #lastChunk = false;
  #smallChunk: number | undefined;
  #chunkHash: Hash | undefined;
  #chunkSignature = '';
  #previousSignature: string;

  constructor(kind: ChunkedKind, authentication: Authentication) {
    this.#kind = kind;
    this.#authentication = authentication;
    this.#previousSignature = authentication.signature;
  }

  /** The payload within a piece of the body. @throws S3Error on bad framing or a bad signature */
  decode(piece: Buffer): Buffer[] {
    const payload: Buffer[] = [];
    let rest = piece;
    while (rest.length > 0) {
      if (this.#state === 'data') {
        const taken = rest.subarray(0, this.#left);
        rest = rest.subarray(taken.length);
        this.#left -= taken.length;
        this.#chunkHash?.update(taken);
        payload.push(taken);
        if (this.#left === 0) this.#state = 'data-end';
      } else {
        rest = this.#readLine(rest);
      }
    }
    return payload;
  }

  /** Called after the last piece. @returns the trailers, names in lower case */
  end(): ReadonlyMap<string, string> {
    if (this.#state !== 'end') throw new S3Error('IncompleteBody');
    return this.#trailers;
  }

  #readLine(rest: Buffer): Buffer {
    const newline = rest.indexOf(0x0a);
    this.#line += rest.toString('latin1', 0, newline < 0 ? rest.length : newline + 1);
    if (this.#line.length > MAX_LINE) throw malformed();
    if (newline < 0) return Buffer.alloc(0);
    if (!this.#line.endsWith('\r\n')) throw malformed();
    const line = this.#line.slice(0, -2);
    this.#line = '';
    this.#takeLine(line);
    return rest.subarray(newline + 1);
  }

  #takeLine(line: string): void {
    switch (this.#state) {
      case 'size':
        this.#beginChunk(line);
        return;
      case 'data-end':
        if (line !== '') throw malformed();
        this.#endChunk();
        return;
      case 'trailer':
        if (line === '') this.#endTrailers();
        else this.#takeTrailer(line);
        return;
      default:
        throw malformed();
    }
  }

  #beginChunk(line: string): void {
    const match = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
    const [, size, signature] = match ?? [];
    if (size === undefined || (signature !== undefined) !== this.#kind.signed) throw malformed();
    this.#left = Number.parseInt(size, 16);
    this.#lastChunk = this.#left === 0;
    this.#chunkSignature = signature ?? '';
    this.#chunkHash = this.#kind.signed ? createHash('sha256') : undefined;
    if (!this.#lastChunk) {
      if (this.#smallChunk !== undefined) throw tooSmall(this.#smallChunk);
      if (this.#left < MIN_CHUNK) this.#smallChunk = this.#left;
      this.#state = 'data';
    } else {
      this.#checkChunkSignature();
      // Without trailers one empty line ends the body, which the same state reads.
      this.#state = 'trailer';
    }
  }

  #endChunk(): void {
    this.#checkChunkSignature();
    this.#state = 'size';
  }

  #checkChunkSignature(): void {
    if (this.#chunkHash === undefined) return;
    const { scope, time } = this.#authentication;
    const toSign = [
      'AWS4-HMAC-SHA256-PAYLOAD',
      time,
      scope,
      this.#previousSignature,
      EMPTY_SHA256,
      this.#chunkHash.digest('hex'),
    ].join('\n');
    this.#checkSignature(toSign, this.#chunkSignature);
  }

  #takeTrailer(line: string): void {
    const colon = line.indexOf(':');
    if (!this.#kind.trailer || colon < 1) throw malformed();
    this.#trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }

  #endTrailers(): void {
    const signature = this.#trailers.get('x-amz-trailer-signature');
    this.#trailers.delete('x-amz-trailer-signature');
    if (this.#kind.signed && this.#kind.trailer) {
      const { scope, time } = this.#authentication;
      const lines = [...this.#trailers].map(([name, value]) => `${name}:${value}\n`).join('');
      const toSign = ['AWS4-HMAC-SHA256-TRAILER', time, scope, this.#previousSignature, sha256(lines)];
      this.#checkSignature(toSign.join('\n'), signature ?? '');
    }
    this.#state = 'end';
  }

  #checkSignature(toSign: string, given: string): void {
    const expected = hmac(this.#authentication.signingKey, toSign).toString('hex');
    if (!sameText(expected, given)) throw new S3Error('SignatureDoesNotMatch');
    this.#previousSignature = expected;
  }
}

function tooSmall(size: number): S3Error {
  return new S3Error('InvalidChunkSizeError', {
    status: 403,
    message: 'Only the last chunk is allowed to have a size less than 8192 bytes',
    fields: { BadChunkSize: size },
  });
}

function malformed(): S3Error {
  return new S3Error('InvalidRequest', { message: 'The aws-chunked body is malformed' });
}
