import { S3ServiceException } from '@aws-sdk/client-s3';
import type { ErrorCode } from '../../../model/error-codes.ts';
import { ArchiverError, type StoreError } from '../../../model/errors.ts';
import { networkCodeOf } from '../../../text/network-errors.ts';
import { shorten } from '../../../text/shorten.ts';
import { rightsHint } from '../rights.ts';
import { ForeignResponse } from './genuine-response.ts';
import { credentialsHint, isMended } from './mend.ts';
import { NetworkFault, networkHint } from './network-fault.ts';
import { S3Error } from './s3-error.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly retryable?: boolean;
}

const FULL_HINT =
  'The bucket, the account or the disk below has no room left: raise the quota, or keep less and run prune.';

const ELSEWHERE: Meaning = {
  code: 's3.wrong_region',
  hint: 'The bucket is in another region: correct s3.region (S3_REGION) and s3.endpoint (S3_ENDPOINT).',
};

/**
 * S3's error codes (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html) and what they
 * mean to an operator. Everything else goes by its status.
 */
const BY_NAME: Readonly<Record<string, Meaning>> = {
  NoSuchBucket: {
    code: 's3.no_such_bucket',
    hint: 'Create the bucket, or correct s3.bucket (S3_BUCKET) and s3.region.',
  },
  NoSuchKey: { code: 's3.not_found' },
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html
  InvalidObjectState: {
    code: 's3.needs_restore',
    hint: 'The object lies in cold storage: have it restored first (`aws s3api restore-object --bucket BUCKET --key KEY --restore-request Days=7`), wait until that is done (`aws s3api head-object` shows it), and give the same command again.',
  },
  NotFound: { code: 's3.not_found' },
  NoSuchUpload: { code: 's3.no_such_upload' },
  // Its hint goes by the request: `rightsHint`.
  AccessDenied: { code: 's3.forbidden' },
  InvalidAccessKeyId: {
    code: 's3.forbidden',
    hint: 'The store does not know this access key: check AWS_ACCESS_KEY_ID.',
  },
  // How long the store waits for a body that gives nothing, as happens while the source is asked again.
  RequestTimeout: { code: 's3.timeout', retryable: true },
  // versitygw's word for it.
  XAdminUserNotFound: {
    code: 's3.forbidden',
    hint: 'The store does not know this access key: check AWS_ACCESS_KEY_ID.',
  },
  SignatureDoesNotMatch: { code: 's3.forbidden', hint: 'Check AWS_SECRET_ACCESS_KEY and s3.region.' },
  ExpiredToken: { code: 's3.forbidden', hint: 'The credentials have ended: renew them.' },
  RequestTimeTooSkewed: {
    code: 's3.forbidden',
    hint: "This machine's clock is off by more than 15 minutes: set it.",
  },
  PreconditionFailed: { code: 's3.precondition_failed' },
  // Another conditional operation is under way: no verdict on this one.
  ConditionalRequestConflict: { code: 's3.precondition_failed', retryable: true },
  OperationAborted: { code: 's3.precondition_failed', retryable: true },
  SlowDown: { code: 's3.slow_down', retryable: true },
  QuotaExceeded: { code: 's3.full', hint: FULL_HINT },
  XMinioAdminBucketQuotaExceeded: { code: 's3.full', hint: FULL_HINT },
  XMinioStorageFull: { code: 's3.full', hint: FULL_HINT },
  EntityTooLarge: { code: 's3.too_large' },
  BadDigest: { code: 's3.bad_digest', hint: 'Bytes were damaged on the way to the store.', retryable: true },
  XAmzContentChecksumMismatch: {
    code: 's3.bad_digest',
    hint: 'Bytes were damaged on the way to the store.',
    retryable: true,
  },
  XAmzContentSHA256Mismatch: {
    code: 's3.bad_digest',
    hint: 'Bytes were damaged on the way to the store.',
    retryable: true,
  },
  IncompleteBody: {
    code: 's3.bad_digest',
    hint: 'Bytes were lost or damaged on the way to the store.',
    retryable: true,
  },
  PermanentRedirect: ELSEWHERE,
  TemporaryRedirect: ELSEWHERE,
  AuthorizationHeaderMalformed: { code: 's3.wrong_region', hint: 'Correct s3.region (S3_REGION).' },
  CredentialsProviderError: {
    code: 's3.no_credentials',
    hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the process a role or profile.',
  },
};

const FOREIGN_HINT =
  'The status was 200, but the response is not the one of an S3 store: check s3.endpoint (S3_ENDPOINT), and whether a proxy or a login page stands in between.';

/**
 * Any error of the SDK as one of ours: the service's code and message, status and request id; never its
 * headers or its `$response`, which carry signatures.
 * @param operation `UploadPart archives/prod/…`: what was asked, and of which key
 */
export function toStoreError(error: unknown, operation: string): ArchiverError {
  if (error instanceof ArchiverError) return error;
  const name = error instanceof Error ? error.name : 'Error';
  const meaning = BY_NAME[name];
  if (error instanceof S3ServiceException) return fromService(error, meaning, operation);
  if (error instanceof ForeignResponse) {
    return new S3Error('s3.foreign_response', `${operation}: ${error.message}`, {
      operation,
      requestId: error.requestId,
      hint: FOREIGN_HINT,
      retryable: true,
    });
  }
  if (meaning !== undefined) {
    const what = name === 'CredentialsProviderError' ? 'no credentials were found' : name;
    return new S3Error(meaning.code, `${operation}: ${what}`, { operation, ...meaning });
  }
  if (error instanceof NetworkFault) {
    const { message, hint, mayPass: retryable, isTimeout } = error;
    const fault = isTimeout ? 's3.timeout' : 's3.network';
    return new S3Error(fault, `${operation}: ${message}`, { operation, hint, retryable });
  }
  return new S3Error('s3.network', `${operation}: ${networkCodeOf(error) ?? firstLine(error)}`, {
    operation,
    hint: networkHint(undefined),
    retryable: true,
  });
}

function fromService(error: S3ServiceException, meaning: Meaning | undefined, operation: string): StoreError {
  const status = error.$metadata.httpStatusCode;
  const resolved = meaning ?? byStatus(status);
  const hint = credentialsHint(error) ?? hintFor(error, resolved, operation);
  return new S3Error(resolved.code, `${operation}: ${status ?? ''} ${error.name}${sentence(error)}`, {
    operation,
    status,
    requestId: error.$metadata.requestId,
    ...(hint === undefined ? {} : { hint }),
    retryable: isMended(error) || (resolved.retryable ?? false),
  });
}

/** By the request where a right is missing, by the response where it names the region of the bucket. */
function hintFor(error: S3ServiceException, { code, hint }: Meaning, operation: string): string | undefined {
  if (code === 's3.wrong_region') {
    const region = regionIn(error);
    if (region !== undefined) return `The bucket is in ${region}: set s3.region (S3_REGION) to it.`;
  }
  return code === 's3.forbidden' && hint === undefined ? rightsHint(operation) : hint;
}

/** A region as stores name them: nothing else of a response gets into a hint. */
const REGION = /^[a-z0-9-]{1,40}$/;

/** The region of the bucket: HeadBucket, 301 and 307 have it in a header, AuthorizationHeaderMalformed in its text. */
function regionIn(error: S3ServiceException): string | undefined {
  const header = error.$response?.headers['x-amz-bucket-region'];
  const named = header ?? /expecting '([^']+)'/.exec(error.message)?.[1];
  return named !== undefined && REGION.test(named) ? named : undefined;
}

/** Not implemented, HTTP version not supported: asked again, the store gives the same response. */
const LASTING: ReadonlySet<number> = new Set([501, 505]);

function byStatus(status: number | undefined): Meaning {
  if (status === 404) return { code: 's3.not_found' };
  if (status === 301 || status === 307) return ELSEWHERE;
  if (status === 401 || status === 403) return BY_NAME.AccessDenied ?? { code: 's3.forbidden' };
  if (status === 412) return { code: 's3.precondition_failed' };
  if (status === 409) return { code: 's3.precondition_failed', retryable: true };
  if (status === 507) return { code: 's3.full', hint: FULL_HINT };
  if (status === 429) return { code: 's3.slow_down', retryable: true };
  return { code: 's3.failed', retryable: status === undefined || (status >= 500 && !LASTING.has(status)) };
}

/** The service's own sentence, which others follow, unless the SDK only repeats the code. */
function sentence(error: Error): string {
  const text = firstLine(error).replace(/\.$/, '');
  return text === '' || text === 'UnknownError' || text === error.name ? '' : `: ${text}`;
}

function firstLine(error: unknown): string {
  const line = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
  return shorten(line, 300);
}
