import { expect, test } from 'vitest';
import { load, ONE_DATABASE, SOUND, SOUND_BUT_DATABASES, without } from './workspace.ts';

test('AWS_REGION counts only where no region is given', () => {
  const yaml = `${ONE_DATABASE}s3: { region: eu-west-2 }`;
  const env = { ...without(SOUND_BUT_DATABASES, 'S3_REGION'), AWS_REGION: 'us-east-2' };
  expect(load({ yaml, env }).s3.region).toBe('eu-west-2');
  expect(load({ yaml: ONE_DATABASE, env }).s3.region).toBe('us-east-2');
});

test('an endpoint of its own brings path style, a region and laxer names', () => {
  const env = {
    ...without(SOUND, 'S3_REGION'),
    S3_ENDPOINT: 'http://127.0.0.1:9000/',
    S3_BUCKET: 'My_Bucket',
    S3_STORAGE_CLASS: 'COLD',
  };
  expect(load({ env }).s3).toMatchObject({
    endpoint: 'http://127.0.0.1:9000',
    forcePathStyle: true,
    region: 'us-east-1',
    bucket: 'My_Bucket',
  });
  expect(
    load({ env: { ...env, S3_ENDPOINT: 'https://s3.example.com', S3_FORCE_PATH_STYLE: 'no' } }).s3
      .forcePathStyle,
  ).toBe(false);
});

test.each([
  ['https://s3.fr-par.scw.cloud', 'fr-par'],
  ['https://s3.gra.io.cloud.ovh.net', 'gra'],
  ['https://s3.eu-west-3.amazonaws.com', 'eu-west-3'],
  ['https://s3.example.com', 'us-east-1'],
])('the store at %s is in %s', (endpoint, region) => {
  const env = { ...without(SOUND, 'S3_REGION'), S3_ENDPOINT: endpoint };
  expect(load({ env }).s3.region).toBe(region);
  expect(load({ env: { ...env, AWS_REGION: 'xx' } }).s3.region).toBe('xx');
});

test.each([
  ['', ''],
  ['/', ''],
  ['a', 'a/'],
  ['/a/b/', 'a/b/'],
])('the prefix %j is %j', (written, prefix) => {
  expect(load({ yaml: `s3: { prefix: "${written}" }` }).s3.prefix).toBe(prefix);
});

test('tags are a map in YAML and pairs elsewhere', () => {
  expect(load({ yaml: 's3: { tags: { team: data, "a.b": "1" } }' }).s3.tags).toEqual({
    team: 'data',
    'a.b': '1',
  });
  expect(load({ env: { ...SOUND, S3_TAGS: 'team=data, eq=a=b,empty=' } }).s3.tags).toEqual({
    team: 'data',
    eq: 'a=b',
    empty: '',
  });
  expect(load({ yaml: 's3: { tags: { a: b } }', env: { ...SOUND, S3_TAGS: 'c=d' } }).s3.tags).toEqual({
    c: 'd',
  });
});

test('a lock and a KMS key are passed on', () => {
  const yaml = 's3: { objectLock: { mode: COMPLIANCE, days: 30 }, sse: "aws:kms", kmsKeyId: alias/backups }';
  expect(load({ yaml }).s3).toMatchObject({
    objectLock: { mode: 'COMPLIANCE', days: 30 },
    sse: 'aws:kms',
    kmsKeyId: 'alias/backups',
  });
});
