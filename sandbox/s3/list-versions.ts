import type { Operation } from './exchange.ts';
import { encoderOf } from './list-objects.ts';
import { s3Document, type XmlChild } from './xml.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html, in one page of any length. */
export const listObjectVersions: Operation = (exchange) => {
  const bucket = exchange.store.bucket(exchange.record.bucket);
  const prefix = exchange.query.get('prefix') ?? '';
  const encode = encoderOf(exchange);
  const found = [...bucket.versionsBelow(prefix)].map(
    ({ key, version: { versionId, object } }): XmlChild => [
      object === undefined ? 'DeleteMarker' : 'Version',
      [
        ['Key', encode(key)],
        ['VersionId', versionId ?? 'null'],
        ['Size', object?.size],
      ],
    ],
  );
  const xml = s3Document('ListVersionsResult', [
    ['Name', bucket.name],
    ['Prefix', encode(prefix)],
    ['IsTruncated', false],
    ...found,
  ]);
  return Promise.resolve({ status: 200, xml });
};
