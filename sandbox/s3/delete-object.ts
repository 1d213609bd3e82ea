import { receiveDocument } from './body.ts';
import type { Bucket, Version } from './bucket.ts';
import { readClaims } from './claimed-checksum.ts';
import { checkDeleteCondition, deleteCondition } from './conditions.ts';
import { type Exchange, headerOf, keyOf, type Operation } from './exchange.ts';
import { isLocked } from './object-headers.ts';
import { S3Error } from './s3-error.ts';
import { childText, parseXml, s3Document, type XmlChild, type XmlElement } from './xml.ts';

const MAX_KEYS = 1000;

interface Deletion {
  readonly key: string;
  readonly versionId: string | undefined;
  /** An ETag or `*`. */
  readonly ifMatch: string | undefined;
}

interface Deleted {
  readonly versionId: string | undefined;
  readonly deleteMarker: boolean;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export const deleteObject: Operation = async (exchange) => {
  const bucket = exchange.store.bucket(exchange.record.bucket);
  const deleted = await remove(exchange, bucket, {
    key: keyOf(exchange),
    versionId: exchange.query.get('versionId'),
    ifMatch: deleteCondition(exchange),
  });
  return {
    status: 204,
    headers: {
      ...(deleted.versionId === undefined ? {} : { 'x-amz-version-id': deleted.versionId }),
      ...(deleted.deleteMarker ? { 'x-amz-delete-marker': 'true' } : {}),
    },
  };
};

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html: answers 200, and each key that
 * could not be deleted stands in the document. `refusal` is asked for each key whether it was scripted
 * to fail.
 */
export async function deleteObjects(
  exchange: Exchange,
  refusal: (key: string) => S3Error | undefined,
): Promise<{ status: number; xml: string }> {
  const bucket = exchange.store.bucket(exchange.record.bucket);
  const claims = readClaims(exchange);
  const unchecked = claims.md5 === undefined && claims.algorithm === undefined;
  if (unchecked && exchange.quirks.checksums === 'kept') {
    throw new S3Error('InvalidRequest', {
      message: 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    });
  }
  const document = parseXml(await receiveDocument(exchange, claims), 'Delete');
  const deletions = document.children.filter((child) => child.name === 'Object').map(readDeletion);
  if (deletions.length === 0 || deletions.length > MAX_KEYS) throw new S3Error('MalformedXML');
  const quiet = childText(document, 'Quiet') === 'true';

  const answer: XmlChild[] = [];
  for (const deletion of deletions) {
    try {
      const scripted = refusal(deletion.key);
      if (scripted !== undefined) throw scripted;
      const deleted = await remove(exchange, bucket, deletion);
      if (!quiet) answer.push(deletedElement(deletion, deleted));
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      answer.push([
        'Error',
        [
          ['Key', deletion.key],
          ['VersionId', deletion.versionId],
          ['Code', error.code],
          ['Message', error.message],
        ],
      ]);
    }
  }
  return { status: 200, xml: s3Document('DeleteResult', answer) };
}

function readDeletion(element: XmlElement): Deletion {
  const key = childText(element, 'Key');
  if (key === undefined || key === '') throw new S3Error('MalformedXML');
  return { key, versionId: childText(element, 'VersionId'), ifMatch: childText(element, 'ETag') };
}

function deletedElement(deletion: Deletion, deleted: Deleted): XmlChild {
  return [
    'Deleted',
    [
      ['Key', deletion.key],
      ['VersionId', deletion.versionId],
      ['DeleteMarker', deleted.deleteMarker ? true : undefined],
      ['DeleteMarkerVersionId', deleted.deleteMarker ? deleted.versionId : undefined],
    ],
  ];
}

function remove(exchange: Exchange, bucket: Bucket, deletion: Deletion): Promise<Deleted> {
  const { store } = exchange;
  return bucket.exclusive(deletion.key, async () => {
    const current = bucket.current(deletion.key);
    checkDeleteCondition(deletion.ifMatch, current);
    if (store.versioning && deletion.versionId === undefined) {
      // The object stays behind the marker, locked or not.
      const versionId = store.newVersionId();
      bucket.add(deletion.key, { versionId, object: undefined }, true);
      return { versionId, deleteMarker: true };
    }
    const target: Version | undefined =
      deletion.versionId === undefined
        ? { versionId: undefined, object: current }
        : bucket.version(deletion.key, deletion.versionId);
    demandUnlocked(exchange, target);
    await store.forget(bucket.remove(deletion.key, deletion.versionId));
    return {
      versionId: deletion.versionId,
      deleteMarker: target !== undefined && deletion.versionId !== undefined && target.object === undefined,
    };
  });
}

/** @throws S3Error `AccessDenied` while retention or a legal hold stands */
function demandUnlocked(exchange: Exchange, target: Version | undefined): void {
  const lock = target?.object?.lock;
  if (!isLocked(lock, exchange.now)) return;
  const bypass = headerOf(exchange, 'x-amz-bypass-governance-retention') === 'true';
  if (bypass && lock?.mode === 'GOVERNANCE' && !lock.legalHold) return;
  throw new S3Error('AccessDenied', { message: 'Access Denied because object protected by object lock.' });
}
