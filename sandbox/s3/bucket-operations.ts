import { keyOf, type Operation } from './exchange.ts';
import { parseTags } from './object-headers.ts';
import type { StoreQuirks } from './options.ts';
import { S3Error } from './s3-error.ts';
import { s3Document, type XmlChild } from './xml.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export const listBuckets: Operation = ({ store }) => {
  const buckets = [...store.buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const xml = s3Document('ListAllMyBucketsResult', [
    [
      'Buckets',
      buckets.map(
        (b): XmlChild => [
          'Bucket',
          [
            ['Name', b.name],
            ['CreationDate', b.created.toISOString()],
          ],
        ],
      ),
    ],
    ['Owner', [['ID', 'sandbox']]],
  ]);
  return Promise.resolve({ status: 200, xml });
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export const createBucket: Operation = async ({ store, record, now }) => {
  const bucket = await store.createBucket(record.bucket ?? '', now);
  return { status: 200, headers: { location: `/${bucket.name}` } };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export const headBucket: Operation = ({ store, record, authentication }) => {
  store.bucket(record.bucket);
  return Promise.resolve({
    status: 200,
    headers: { 'x-amz-bucket-region': authentication.scope.split('/')[1] ?? '' },
  });
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html */
export const deleteBucket: Operation = ({ store, record }) => {
  const bucket = store.bucket(record.bucket);
  if (!bucket.isEmpty) throw new S3Error('BucketNotEmpty', { fields: { BucketName: bucket.name } });
  store.buckets.delete(bucket.name);
  return Promise.resolve({ status: 204 });
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
export const getBucketLocation: Operation = ({ store, record, authentication }) => {
  store.bucket(record.bucket);
  const region = authentication.scope.split('/')[1] ?? '';
  // The oldest region has no name here.
  const text = region === 'us-east-1' ? '' : region;
  return Promise.resolve({
    status: 200,
    xml: `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${text}</LocationConstraint>`,
  });
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html */
export const getBucketVersioning: Operation = ({ store, record, quirks }) => {
  store.bucket(record.bucket);
  refuseUnknown(quirks);
  const xml = s3Document('VersioningConfiguration', [['Status', store.versioning ? 'Enabled' : undefined]]);
  return Promise.resolve({ status: 200, xml });
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html */
export const getObjectLockConfiguration: Operation = ({ store, record, quirks }) => {
  store.bucket(record.bucket);
  refuseUnknown(quirks);
  if (!store.objectLock) throw new S3Error('ObjectLockConfigurationNotFoundError');
  const { mode, days } = store.defaultRetention ?? {};
  const retention: XmlChild[] = [
    ['Mode', mode],
    ['Days', days],
  ];
  const xml = s3Document('ObjectLockConfiguration', [
    ['ObjectLockEnabled', 'Enabled'],
    ...(days === undefined ? [] : [['Rule', [['DefaultRetention', retention]]] satisfies XmlChild]),
  ]);
  return Promise.resolve({ status: 200, xml });
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html */
export const getBucketLifecycleConfiguration: Operation = ({ store, record, quirks }) => {
  store.bucket(record.bucket);
  refuseUnknown(quirks);
  if (quirks.lifecycle === '') throw new S3Error('NoSuchLifecycleConfiguration');
  return Promise.resolve({
    status: 200,
    xml: `<?xml version="1.0" encoding="UTF-8"?>\n<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${quirks.lifecycle}</LifecycleConfiguration>`,
  });
};

function refuseUnknown({ bucketSettings }: StoreQuirks): void {
  if (bucketSettings === 'unknown') throw new S3Error('NotImplemented');
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export const getObjectTagging: Operation = (exchange) => {
  const key = keyOf(exchange);
  const object = exchange.store.bucket(exchange.record.bucket).current(key);
  if (object === undefined) throw new S3Error('NoSuchKey', { fields: { Key: key } });
  const tags = parseTags(object.headers['x-amz-tagging'] ?? '');
  const xml = s3Document('Tagging', [
    [
      'TagSet',
      tags.map(
        ([name, value]): XmlChild => [
          'Tag',
          [
            ['Key', name],
            ['Value', value],
          ],
        ],
      ),
    ],
  ]);
  return Promise.resolve({ status: 200, xml });
};
