import type { StoredObject } from './bucket.ts';
import { type Exchange, headerOf } from './exchange.ts';
import { isLocked } from './object-headers.ts';
import { S3Error } from './s3-error.ts';

/**
 * Conditions on writes, as
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html has them.
 * @throws S3Error `PreconditionFailed`, `NoSuchKey`, `NotImplemented`; `AccessDenied` over a locked object
 */
export function checkWriteConditions(exchange: Exchange, existing: StoredObject | undefined): void {
  // Without versions a write would destroy what is locked.
  if (!exchange.store.versioning && isLocked(existing?.lock, exchange.now)) {
    throw new S3Error('AccessDenied', {
      message: 'Access Denied because object protected by object lock.',
    });
  }
  const { ifMatch, ifNoneMatch } = writeConditions(exchange);
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw notImplemented('If-None-Match');
  if (ifNoneMatch !== undefined && ifMatch !== undefined) throw notImplemented('If-Match,If-None-Match');
  if (ifNoneMatch !== undefined && existing !== undefined) throw failed('If-None-Match');
  if (ifMatch === undefined) return;
  if (existing === undefined) throw new S3Error('NoSuchKey', { fields: { Key: exchange.record.key ?? '' } });
  if (!namesEtag(ifMatch, existing.etag)) throw failed('If-Match');
}

/**
 * Conditions on deletes, as
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html has them.
 * @param ifMatch an ETag or `*`
 * @throws S3Error `PreconditionFailed`, `NoSuchKey`
 */
export function checkDeleteCondition(ifMatch: string | undefined, existing: StoredObject | undefined): void {
  if (ifMatch === undefined) return;
  if (existing === undefined) throw new S3Error('NoSuchKey');
  if (ifMatch !== '*' && !namesEtag(ifMatch, existing.etag)) throw failed('If-Match');
}

/** The `If-Match` of a delete, as far as the store knows it. */
export function deleteCondition(exchange: Exchange): string | undefined {
  return writeConditions(exchange).ifMatch;
}

/**
 * Conditions on reads (RFC 9110 §13).
 * @returns whether to answer 304
 * @throws S3Error `PreconditionFailed`
 */
export function checkReadConditions(exchange: Exchange, existing: StoredObject): boolean {
  const ifMatch = headerOf(exchange, 'if-match');
  const ifNoneMatch = headerOf(exchange, 'if-none-match');
  if (ifMatch !== undefined && ifMatch !== '*' && !namesEtag(ifMatch, existing.etag)) {
    throw failed('If-Match');
  }
  return ifNoneMatch !== undefined && (ifNoneMatch === '*' || namesEtag(ifNoneMatch, existing.etag));
}

function writeConditions(exchange: Exchange): {
  ifMatch: string | undefined;
  ifNoneMatch: string | undefined;
} {
  const ifMatch = headerOf(exchange, 'if-match');
  const ifNoneMatch = headerOf(exchange, 'if-none-match');
  if (exchange.quirks.conditionalWrites === 'ignored') return { ifMatch: undefined, ifNoneMatch: undefined };
  if (exchange.quirks.conditionalWrites === 'refused') {
    if (ifMatch !== undefined) throw notImplemented('If-Match');
    if (ifNoneMatch !== undefined) throw notImplemented('If-None-Match');
  }
  // Ceph 16 compares `If-Match` letter by letter with the bare ETag.
  const matchesNone = exchange.quirks.conditionalWrites === 'without quotes' && ifMatch?.startsWith('"');
  return { ifMatch: matchesNone ? '""' : ifMatch, ifNoneMatch };
}

/** Whether a list of entity tags, quoted or not, has this one. */
function namesEtag(list: string, etag: string): boolean {
  return list.split(',').some((tag) => tag.trim().replace(/^"|"$/g, '') === etag);
}

function failed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', { fields: { Condition: condition } });
}

function notImplemented(header: string): S3Error {
  return new S3Error('NotImplemented', { fields: { Header: header } });
}
