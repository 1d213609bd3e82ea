import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { profileOf, STORE_PROFILES } from '../../../src/stores/s3/capabilities/store-profile.ts';
import { policyFor } from '../../../src/stores/s3/rights.ts';
import { load } from '../../config/workspace.ts';

const FOLDER = new URL('../../../docs/stores/', import.meta.url);
const DAY = 86_400_000;

function page(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8');
}

/** The JSON objects that a page has. */
function documentsOf(name: string): unknown[] {
  const documents = [...page(name).matchAll(/^\{\n.*?^\}$/gms)];
  return documents.map(([text]) => JSON.parse(text));
}

test('each store that is known has a page, and its example is known as it', () => {
  const names = STORE_PROFILES.map(({ name }) => name).filter((name) => name !== 'unknown');
  const pages = readdirSync(FOLDER).map((file) => file.replace(/\.md$/, ''));
  expect(pages.toSorted()).toEqual([...names, 'minio', 'README'].toSorted());
  for (const name of names) {
    const [, endpoint] = /S3_ENDPOINT=(\S+)/.exec(page(`${name}.md`)) ?? [];
    // A store on a host of its own is known by its responses alone.
    const known = name === 'ceph' || name === 'seaweedfs' ? 'unknown' : name;
    expect(profileOf(endpoint).name, endpoint).toBe(known);
  }
});

test('no lifecycle rule deletes an archive, and unfinished uploads outlast those that are resumed', () => {
  const [{ Rules: rules }] = documentsOf('README.md') as [{ Rules: Record<string, object>[] }];
  const { s3 } = load({});
  expect(rules.length).toBe(3);
  for (const { Expiration: expiration, Transitions: transitions } of rules) {
    expect(Object.keys(expiration ?? {}).filter((key) => key !== 'ExpiredObjectDeleteMarker')).toEqual([]);
    expect(transitions).toBe(undefined);
  }
  const days = rules.flatMap(({ AbortIncompleteMultipartUpload: abort }) =>
    abort === undefined ? [] : [(abort as { DaysAfterInitiation: number }).DaysAfterInitiation],
  );
  expect(days).toEqual([s3.maxUploadAge / DAY + 1]);
});

test("Scaleway's policy has the rights of the writer", () => {
  const [policy] = documentsOf('scaleway.md') as [
    { Statement: { Action: string | string[]; Resource: string | string[] }[] },
  ];
  const place = { bucket: 'my-backups', prefix: '', features: new Set<never>() };
  const expected = policyFor('writer', place).Statement.map(({ Action, Resource }) => ({
    actions: Action,
    resources: Resource.map((arn) => arn.replace('arn:aws:s3:::', '')),
  }));
  const found = policy.Statement.slice(1).map(({ Action, Resource }) => ({
    actions: [Action].flat(),
    resources: [Resource].flat(),
  }));
  expect(found).toEqual(expected);
});
