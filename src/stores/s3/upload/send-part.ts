import { type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import type { ChecksumAlgorithm } from '../../../integrity/checksum.ts';
import type { StoredPart } from '../../../integrity/stored-object.ts';
import type { PartBytes } from '../../../ports/archive-store.ts';
import { partTimeout } from '../client/deadlines.ts';
import { request } from '../client/request.ts';
import { BorrowedStream } from './borrowed-stream.ts';
import { checksumHeader } from './checksum-fields.ts';
import { PartBody } from './part-body.ts';
import { checkResponse, strongTag } from './part-check.ts';

export interface PartTarget {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly etagsAreMd5: boolean;
  /** What the part's checksum is of. */
  readonly algorithm: ChecksumAlgorithm;
  /** Whether the store takes it behind the bytes, and confirms it. */
  readonly trailer: boolean;
}

/** Streams one part into its UploadPart, once: whether and how its bytes can be had again, its reader knows. */
export async function sendPart(
  client: S3Client,
  target: PartTarget,
  part: { readonly number: number; readonly size: number; readonly body: PartBytes },
  signal: AbortSignal,
): Promise<StoredPart> {
  const { number, size } = part;
  const { algorithm, trailer } = target;
  const passing = new PartBody(size, part.body, { algorithm, trailer });
  const body = new BorrowedStream(trailer ? passing.chunked() : passing.plain());
  // The source's own error says more than the request that it breaks, and must end it: nothing else would.
  const broken = new AbortController();
  body.once('error', (error) => broken.abort(error));
  const ended = AbortSignal.any([signal, broken.signal]);
  const command = new UploadPartCommand({
    Bucket: target.bucket,
    Key: target.key,
    UploadId: target.uploadId,
    PartNumber: number,
    Body: body,
    ContentLength: trailer ? passing.chunkedLength : size,
  });
  if (trailer) declareTrailer(command, size, algorithm);
  const describe = `UploadPart ${number} of ${target.bucket}/${target.key}`;
  try {
    const response = await request(
      (options) => client.send(command, options),
      describe,
      ended,
      partTimeout(size),
    );
    const checkedBy = checkResponse(number, passing.digest, response, {
      etagsAreMd5: target.etagsAreMd5,
      md5: () => passing.md5(),
    });
    return { number, size, fingerprint: strongTag(response.ETag ?? ''), digest: passing.digest, checkedBy };
  } finally {
    body.destroy();
  }
}

/** The headers of `STREAMING-UNSIGNED-PAYLOAD-TRAILER`; the SDK's own coding re-chunks every buffer. */
function declareTrailer(command: UploadPartCommand, size: number, algorithm: ChecksumAlgorithm): void {
  command.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['content-encoding'] = 'aws-chunked';
      headers['x-amz-content-sha256'] = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
      headers['x-amz-decoded-content-length'] = String(size);
      headers['x-amz-trailer'] = checksumHeader(algorithm);
      return next(args);
    },
    { step: 'build', name: 'declareTrailer', priority: 'low' },
  );
}
