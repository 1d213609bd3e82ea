import { type Exchange, headerOf } from './exchange.ts';
import type { ObjectHeaders, ObjectLock } from './object-attributes.ts';
import { invalidArgument, invalidRequest, S3Error } from './s3-error.ts';
import { uriDecode } from './signature.ts';

const KEPT = [
  'content-type',
  'content-disposition',
  'content-language',
  'cache-control',
  'expires',
  'x-amz-storage-class',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-bucket-key-enabled',
  'x-amz-tagging',
  'x-amz-website-redirect-location',
];
const STORAGE_CLASSES = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
];
const ENCRYPTIONS = ['AES256', 'aws:kms', 'aws:kms:dsse'];
/** Names and values together (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html). */
const MAX_METADATA_BYTES = 2048;
const MAX_TAGS = 10;
const DAY = 86_400_000;

/** @throws S3Error for what S3 refuses */
export function readObjectHeaders(exchange: Exchange): ObjectHeaders {
  const headers: Record<string, string> = {};
  for (const name of KEPT) {
    const value = headerOf(exchange, name);
    if (value !== undefined) headers[name] = value;
  }
  const encodings = (headerOf(exchange, 'content-encoding') ?? '')
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '' && encoding !== 'aws-chunked');
  if (encodings.length > 0) headers['content-encoding'] = encodings.join(',');
  checkOneOf('x-amz-server-side-encryption', headers, ENCRYPTIONS);
  const storageClass = headers['x-amz-storage-class'];
  if (storageClass !== undefined && !STORAGE_CLASSES.includes(storageClass)) {
    throw new S3Error('InvalidStorageClass', { fields: { StorageClassRequested: storageClass } });
  }
  if (headers['x-amz-tagging'] !== undefined) parseTags(headers['x-amz-tagging']);
  return { headers, metadata: readMetadata(exchange), lock: readLock(exchange) };
}

/** The pairs of an `x-amz-tagging` header. @throws S3Error `InvalidTag`, `InvalidArgument` */
export function parseTags(text: string): [key: string, value: string][] {
  const tags = text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair): [string, string] => {
      const [key = '', value = '', ...more] = pair.split('=');
      if (key === '' || more.length > 0) {
        throw invalidArgument(
          'x-amz-tagging',
          text,
          "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
        );
      }
      return [uriDecode(key.replaceAll('+', ' ')), uriDecode(value.replaceAll('+', ' '))];
    });
  if (tags.length > MAX_TAGS) {
    throw new S3Error('InvalidTag', { message: 'Object tags cannot be greater than 10' });
  }
  for (const [key, value] of tags) {
    if (key.length > 128 || value.length > 256) {
      throw new S3Error('InvalidTag', { message: 'The TagKey or TagValue you have provided is too long' });
    }
  }
  return tags;
}

/** Whether the object's retention or legal hold stands in the way of its removal. */
export function isLocked(lock: ObjectLock | undefined, now: Date): boolean {
  if (lock === undefined) return false;
  return lock.legalHold || (lock.until !== undefined && lock.until > now);
}

/** The lock as HEAD shows it. */
export function lockHeaders(lock: ObjectLock | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  if (lock?.mode !== undefined) headers['x-amz-object-lock-mode'] = lock.mode;
  if (lock?.until !== undefined) headers['x-amz-object-lock-retain-until-date'] = lock.until.toISOString();
  if (lock?.legalHold === true) headers['x-amz-object-lock-legal-hold'] = 'ON';
  return headers;
}

function readMetadata(exchange: Exchange): Record<string, string> {
  const metadata: Record<string, string> = {};
  let bytes = 0;
  for (const name of Object.keys(exchange.headers)) {
    if (!name.startsWith('x-amz-meta-')) continue;
    const value = headerOf(exchange, name) ?? '';
    metadata[name.slice('x-amz-meta-'.length)] = value;
    bytes += name.length - 'x-amz-meta-'.length + Buffer.byteLength(value);
  }
  if (bytes > MAX_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', {
      message: 'Your metadata headers exceed the maximum allowed metadata size',
      fields: { Size: bytes, MaxSizeAllowed: MAX_METADATA_BYTES },
    });
  }
  return metadata;
}

function readLock(exchange: Exchange): ObjectLock | undefined {
  const { objectLock, defaultRetention } = exchange.store;
  const mode = headerOf(exchange, 'x-amz-object-lock-mode');
  const date = headerOf(exchange, 'x-amz-object-lock-retain-until-date');
  const hold = headerOf(exchange, 'x-amz-object-lock-legal-hold');
  if (mode === undefined && date === undefined && hold === undefined) {
    if (defaultRetention === undefined) return undefined;
    const end = new Date(exchange.now.getTime() + defaultRetention.days * DAY);
    return { mode: defaultRetention.mode, until: end, legalHold: false };
  }
  if (!objectLock) throw invalidRequest('Bucket is missing Object Lock Configuration');
  if ((mode === undefined) !== (date === undefined)) {
    throw invalidArgument(
      'x-amz-object-lock-mode',
      mode ?? '',
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    );
  }
  if (mode !== undefined && mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') {
    throw invalidArgument('x-amz-object-lock-mode', mode, 'Unknown wormMode directive.');
  }
  const until = date === undefined ? undefined : new Date(date);
  if (until !== undefined && !(until > exchange.now)) {
    throw invalidArgument(
      'x-amz-object-lock-retain-until-date',
      date ?? '',
      'The retain until date must be in the future!',
    );
  }
  if (hold !== undefined && hold !== 'ON' && hold !== 'OFF') {
    throw invalidArgument('x-amz-object-lock-legal-hold', hold, "Legal Hold must be either of 'ON' or 'OFF'");
  }
  return { mode, until, legalHold: hold === 'ON' };
}

function checkOneOf(name: string, headers: Record<string, string>, allowed: readonly string[]): void {
  const value = headers[name];
  if (value !== undefined && !allowed.includes(value)) {
    throw invalidArgument(name, value, 'The encryption method specified is not supported');
  }
}
