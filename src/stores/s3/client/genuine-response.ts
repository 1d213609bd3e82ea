import { STATUS_CODES } from 'node:http';
import type { S3Client } from '@aws-sdk/client-s3';

/**
 * The root element of each response body that the program acts upon (Amazon S3 API Reference, "Response
 * Syntax" of each operation). The SDK does not look at it: of any other XML document it reads a listing of nothing.
 */
const ROOTS: Readonly<Record<string, string>> = {
  ListObjectsV2Command: 'ListBucketResult',
  ListMultipartUploadsCommand: 'ListMultipartUploadsResult',
  ListPartsCommand: 'ListPartsResult',
  CreateMultipartUploadCommand: 'InitiateMultipartUploadResult',
  CompleteMultipartUploadCommand: 'CompleteMultipartUploadResult',
  ListObjectVersionsCommand: 'ListVersionsResult',
  // A store that does not know the question may respond with a listing of the bucket.
  GetBucketVersioningCommand: 'VersioningConfiguration',
  GetObjectLockConfigurationCommand: 'ObjectLockConfiguration',
  GetBucketLifecycleConfigurationCommand: 'LifecycleConfiguration',
};
/** What `rclone serve s3` (the first) and moto (the others) name such a root. The SDK reads either. */
const OTHER_ROOTS: Readonly<Record<string, string>> = {
  InitiateMultipartUploadResult: 'InitiateMultipartUpload',
  ListPartsResult: 'ListPartsResponse',
  VersioningConfiguration: 'GetBucketVersioningResponse',
};
/** Responses that show an object. S3 sends both headers with each of them (API_HeadObject, API_GetObject). */
const SHOWS_OBJECT: ReadonlySet<string> = new Set(['HeadObjectCommand', 'GetObjectCommand']);
/**
 * Responses with an empty body (API_UploadPart, API_PutObject): their ETag is what confirms them, and a web server sends
 * one with its pages too.
 */
const WITHOUT_DOCUMENT: ReadonlySet<string> = new Set(['UploadPartCommand', 'PutObjectCommand']);
/** A listing of 1,000 long keys has 2 MiB. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * A 200 that does not come from the store: a page of a proxy, an empty body, half a document, a document of
 * another operation. It says nothing about the bucket.
 */
export class ForeignResponse extends Error {
  override readonly name = 'ForeignResponse';
  readonly requestId: string | undefined;

  constructor(message: string, requestId: string | undefined) {
    super(message);
    this.requestId = requestId;
  }
}

/** What of a response is looked at. */
export interface S3Response {
  statusCode?: number;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
}

/** Makes the client refuse every 200 that is not what the operation answers with. */
export function refuseForeignResponses(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const result = await next(args);
        const response = result.response as S3Response;
        const isSuccess = response.statusCode !== undefined && response.statusCode < 300;
        if (isSuccess && SHOWS_OBJECT.has(commandName)) checkObjectHeaders(response);
        if (isSuccess && WITHOUT_DOCUMENT.has(commandName)) await refusePage(response, commandName);
        const root = ROOTS[commandName];
        if (!isSuccess) await replaceForeignFailure(response);
        if (isSuccess && root !== undefined) await checkDocument(response, root, commandName);
        return result;
      },
    // Next to the wire: the SDK's deserializer, which reads the body, comes after it.
    { step: 'deserialize', name: 'refuseForeignResponses', priority: 'low' },
  );
}

/**
 * A failure in other words than S3's, a page of a gateway, counts by its status. The SDK would raise its XML parser's
 * error, and no status.
 */
async function replaceForeignFailure(response: S3Response): Promise<void> {
  const bytes = await readAll(response.body);
  response.body = bytes ?? '';
  if (bytes === undefined || rootOf(bytes) === undefined || isWholeError(bytes)) return;
  const { statusCode: status = 0 } = response;
  const code = (STATUS_CODES[status] ?? 'UnknownError').replace(/[^A-Za-z]/g, '');
  const what = isPage(rootOf(bytes)?.name) ? 'an HTML page' : 'a text that is no error of S3';
  response.body = Buffer.from(`<Error><Code>${code}</Code><Message>${what} came with it</Message></Error>`);
}

function isWholeError(bytes: Buffer): boolean {
  return rootOf(bytes)?.name === 'Error' && documentFault(bytes, 'Error', '') === undefined;
}

function checkObjectHeaders({ headers = {}, body }: S3Response): void {
  const isObject = headers.etag !== undefined || headers['last-modified'] !== undefined;
  if (isObject && !/^(?:text\/html|application\/xhtml\+xml)\b/i.test(headers['content-type'] ?? '')) return;
  if (body !== null && typeof body === 'object' && 'destroy' in body) (body.destroy as () => void)();
  const what = isObject ? 'an HTML page' : 'a response without ETag and Last-Modified';
  throw new ForeignResponse(`${what} came instead of the object`, headers['x-amz-request-id']);
}

/** A store may name any content type with an empty body: only a page is none of its responses. */
async function refusePage(response: S3Response, command: string): Promise<void> {
  const bytes = await readAll(response.body);
  response.body = bytes ?? '';
  if (bytes !== undefined && !isPage(rootOf(bytes)?.name)) return;
  const what = command.replace(/Command$/, '');
  throw new ForeignResponse(
    `an HTML page came instead of the response to ${what}`,
    response.headers?.['x-amz-request-id'],
  );
}

async function checkDocument(response: S3Response, root: string, command: string): Promise<void> {
  const bytes = await readAll(response.body);
  const found = bytes === undefined ? `more than ${MOST_BYTES} bytes` : documentFault(bytes, root, command);
  if (found !== undefined) {
    throw new ForeignResponse(`${found} came instead of ${root}`, response.headers?.['x-amz-request-id']);
  }
  // The SDK's parser takes no byte order mark.
  response.body = bytes?.subarray(0, BOM.length).equals(BOM) === true ? bytes.subarray(BOM.length) : bytes;
}

/**
 * @param chunks where the chunks of a stream are kept as they come
 * @param most bytes of a stream; of more, its rest is not read
 * @returns `undefined` where there are too many bytes: `chunks` has the first of them, more than `most`
 */
export async function readAll(
  body: unknown,
  { chunks = [], most = MOST_BYTES }: { chunks?: Uint8Array[]; most?: number | undefined } = {},
): Promise<Buffer | undefined> {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (body === undefined || body === null) return Buffer.alloc(0);
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    chunks.push(chunk);
    if (size > most) return undefined;
  }
  return Buffer.concat(chunks);
}

const BOM = Buffer.from('\ufeff');

/** What may stand before a root element: a BOM, white space, the XML declaration, comments, a DOCTYPE. */
const PROLOG = /^\ufeff?(?:\s+|<\?[^>]*\?>|<!--[\s\S]*?-->|<!DOCTYPE[^>]*>)*/i;

/** Bytes at either end of a document that tell what it is: a page of a listing has megabytes between them. */
const ENDS = 4096;

/** The name of a document's root and its prefix, none where it is no XML; `undefined` of an empty body. */
function rootOf(bytes: Buffer): { prefix: string; name: string | undefined } | undefined {
  // S3 sends white space while a Complete is under way (API_CompleteMultipartUpload).
  const begin = Math.max(
    0,
    bytes.findIndex((byte) => byte > 0x20),
  );
  const head = bytes.toString('utf8', begin, begin + ENDS).replace(PROLOG, '');
  if (head.trim() === '') return undefined;
  const [, prefix = '', name] = /^<([\w.-]+:)?([\w.-]+)/.exec(head) ?? [];
  return { prefix, name };
}

function isPage(name: string | undefined): boolean {
  return name !== undefined && /^html$/i.test(name);
}

/** What is wrong with a document, in words; `undefined` where it is whole and has the root. */
function documentFault(bytes: Buffer, root: string, command: string): string | undefined {
  const found = rootOf(bytes);
  if (found === undefined) return 'an empty body';
  const { prefix, name } = found;
  if (name === undefined) return 'a body that is no XML';
  if (isPage(name)) return 'an HTML page';
  // Complete tells failures in a 200 (API_CompleteMultipartUpload): the SDK raises them.
  if (name === 'Error' && command === 'CompleteMultipartUploadCommand') return undefined;
  if (name !== root && name !== OTHER_ROOTS[root]) return `a document ${name.slice(0, 60)}`;
  const end = withoutComments(bytes.toString('utf8', Math.max(0, bytes.length - ENDS)));
  const isWhole =
    new RegExp(`</${prefix}${name}\\s*>$`).test(end) || /^<[^<]*\/>$/.test(end.replace(PROLOG, ''));
  if (!isWhole) return `half a ${root}`;
  // Without it there is no upload to continue, and asked again the store names one.
  const isNamed = command !== 'CreateMultipartUploadCommand' || /<(?:[\w.-]+:)?UploadId>[^<]/.test(end);
  return isNamed ? undefined : 'a document without an UploadId';
}

/** The end of a document without the white space and the comments that may follow its root. */
function withoutComments(text: string): string {
  let end = text.trimEnd();
  while (end.endsWith('-->')) {
    const begin = end.lastIndexOf('<!--');
    if (begin < 0) break;
    end = end.slice(0, begin).trimEnd();
  }
  return end;
}
