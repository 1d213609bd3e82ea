import { describe, expect, it } from 'vitest';
import type { S3Operation, SimulatedS3Options } from '../../../sandbox/s3/options.ts';
import { ARCHIVE, calm, failureOf, KEY, startStore } from './store-fixture.ts';

const FOREVER = { times: Number.POSITIVE_INFINITY };

async function settingsOf(server: Partial<SimulatedS3Options>) {
  await using fixture = await startStore({}, server);
  return await fixture.store.inspection.settings(calm());
}

describe('the settings of a bucket', () => {
  it('are shown', async () => {
    expect(await settingsOf({})).toEqual({
      versioning: { value: 'off' },
      objectLock: { value: { enabled: false } },
      lifecycle: { value: [] },
    });
    expect(
      await settingsOf({ versioning: true, defaultRetention: { mode: 'COMPLIANCE', days: 7 } }),
    ).toMatchObject({
      versioning: { value: 'on' },
      objectLock: { value: { enabled: true, byDefault: '7 days' } },
    });
  });

  it.each([
    ['AccessDenied', 403, { unknown: 'forbidden', hint: 'grant s3:GetLifecycleConfiguration' }],
    ['NotImplemented', 501, { unknown: 'unsupported' }],
    ['MethodNotAllowed', 405, { unknown: 'unsupported' }],
    ['InternalError', 500, { unknown: 'failed', hint: expect.stringContaining('500 InternalError') }],
  ])('may be hidden: %s', async (code, status, expected) => {
    await using fixture = await startStore();
    const operation = 'GetBucketLifecycleConfiguration';
    fixture.s3.fail({ operation, fault: { kind: 'error', code, status }, ...FOREVER });
    const settings = await fixture.store.inspection.settings(calm());
    expect(settings.lifecycle).toEqual(expected);
    expect(settings.versioning).toEqual({ value: 'off' });
  });

  it.each([
    'GetBucketVersioning',
    'GetObjectLockConfiguration',
    'GetBucketLifecycleConfiguration',
  ] satisfies S3Operation[])('%s answered with a listing is not known', async (operation) => {
    await using fixture = await startStore();
    const body = '<?xml version="1.0"?><ListBucketResult><Name>archives</Name></ListBucketResult>';
    fixture.s3.fail({
      operation,
      fault: { kind: 'foreign', contentType: 'application/xml', body },
      ...FOREVER,
    });
    const values = Object.values(await fixture.store.inspection.settings(calm()));
    expect(values).toContainEqual({ unknown: 'unsupported' });
    expect(values.filter(({ unknown }) => unknown === undefined)).toHaveLength(2);
  });
});

it.each(['', '<?xml version="1.0" encoding="UTF-8"?>\n'])(
  'a bucket that never had versions says so in one empty element, as AWS has it (%j)',
  async (declaration) => {
    await using fixture = await startStore();
    const body = `${declaration}<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>\n`;
    const fault = { kind: 'foreign', contentType: 'application/xml', body } as const;
    fixture.s3.fail({ operation: 'GetBucketVersioning', fault, ...FOREVER });
    expect((await fixture.store.inspection.settings(calm())).versioning).toEqual({ value: 'off' });
  },
);

describe('lifecycle rules', () => {
  const rulesOf = async (lifecycle: string) => (await settingsOf({ quirks: { lifecycle } })).lifecycle.value;

  it('say what they do, when, and to which keys', async () => {
    const rules = await rulesOf(
      '<Rule><ID>a</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status>' +
        '<Expiration><Days>1</Days></Expiration>' +
        '<NoncurrentVersionExpiration><NoncurrentDays>30</NoncurrentDays></NoncurrentVersionExpiration>' +
        '<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>' +
        '</Rule>' +
        '<Rule><Prefix>old/</Prefix><Status>Enabled</Status>' +
        '<Transition><Date>2027-01-01T00:00:00Z</Date><StorageClass>DEEP_ARCHIVE</StorageClass></Transition>' +
        '<Transition><Days>30</Days><StorageClass>GLACIER_IR</StorageClass></Transition></Rule>',
    );
    expect(rules).toEqual([
      {
        name: 'a',
        prefix: 'logs/',
        narrowedTo: undefined,
        deletes: 'after 1 day',
        removesOldVersions: 'after 30 days',
        abortsUploads: 'after 7 days',
        moves: [],
      },
      {
        name: 'number 2',
        prefix: 'old/',
        narrowedTo: undefined,
        deletes: undefined,
        removesOldVersions: undefined,
        abortsUploads: undefined,
        moves: [
          { to: 'DEEP_ARCHIVE', when: 'on 2027-01-01', isCold: true },
          { to: 'GLACIER_IR', when: 'after 30 days', isCold: false },
        ],
      },
    ]);
  });

  it('that are disabled are none, and those by tag or size apply to some objects', async () => {
    const expiration = '<Expiration><Days>1</Days></Expiration>';
    const tag = '<Tag><Key>kind</Key><Value>log</Value></Tag>';
    const rules = await rulesOf(
      `<Rule><ID>off</ID><Filter></Filter><Status>Disabled</Status>${expiration}</Rule>` +
        `<Rule><ID>tag</ID><Filter>${tag}</Filter><Status>Enabled</Status>${expiration}</Rule>` +
        `<Rule><ID>and</ID><Filter><And><Prefix>p/</Prefix>${tag}</And></Filter><Status>Enabled</Status>${expiration}</Rule>` +
        `<Rule><ID>size</ID><Filter><ObjectSizeLessThan>9</ObjectSizeLessThan></Filter><Status>Enabled</Status>${expiration}</Rule>` +
        // It removes markers of what was deleted, and no object.
        '<Rule><ID>markers</ID><Filter></Filter><Status>Enabled</Status><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule>',
    );
    expect(
      rules?.map(({ name, prefix, narrowedTo, deletes }) => [name, prefix, narrowedTo, deletes]),
    ).toEqual([
      ['tag', '', { tags: { kind: 'log' }, bySize: false }, 'after 1 day'],
      ['and', 'p/', { tags: { kind: 'log' }, bySize: false }, 'after 1 day'],
      ['size', '', { tags: {}, bySize: true }, 'after 1 day'],
      ['markers', '', undefined, undefined],
    ]);
  });
});

describe('erasing an object', () => {
  it.each([false, true])('leaves nothing, also where it was not there (versions: %s)', async (versioning) => {
    await using fixture = await startStore({}, { versioning });
    const { s3, store } = fixture;
    s3.put(KEY, 'first');
    s3.put(KEY, 'second');
    s3.put(`${KEY}.longer`, 'of another');
    expect(await store.inspection.erase({ archive: ARCHIVE }, calm())).toBeUndefined();
    expect(await store.inspection.erase({ archive: ARCHIVE }, calm())).toBeUndefined();
    expect(await store.inspection.erase({ lease: 'shop' }, calm())).toBeUndefined();
    expect(s3.versions()).toEqual([`${KEY}.longer`]);
  });

  it('says which right is missing, and what stays', async () => {
    await using fixture = await startStore({}, { versioning: true });
    const { s3, store } = fixture;
    s3.put(KEY, 'first');
    const fault = { kind: 'error', code: 'AccessDenied' } as const;
    s3.fail({ operation: 'DeleteObject', fault });
    expect(await failureOf(store.inspection.erase({ archive: ARCHIVE }, calm()))).toMatchObject({
      kind: 'forbidden',
      hint: expect.stringContaining('s3:DeleteObject'),
    });
    s3.fail({ operation: 'ListObjectVersions', fault });
    expect(await store.inspection.erase({ archive: ARCHIVE }, calm())).toMatch(
      new RegExp(`^older versions of ${KEY} \\(.*403 AccessDenied`),
    );
  });

  it.each(['ListObjectVersions', 'DeleteObject'] as const)(
    'says before why versions would stay (%s)',
    async (operation) => {
      await using fixture = await startStore({}, { versioning: true });
      const { s3, store } = fixture;
      const why = () => store.inspection.whyVersionsStay({ archive: ARCHIVE }, calm());
      expect(await why()).toBeUndefined();
      s3.fail({ operation, fault: { kind: 'error', code: 'AccessDenied' } });
      expect(await why()).toMatch(/403 AccessDenied/);
      expect(s3.versions()).toEqual([]);
    },
  );
});

it("the store's clock is known by its responses, refused ones too", async () => {
  const ahead = 3_600_000;
  await using fixture = await startStore(
    {},
    { signatureTime: 'now', now: () => new Date(Date.now() + ahead) },
    {
      now: () => Date.now(),
      elapsed: () => performance.now(),
      sleep: () => Promise.resolve(),
    },
  );
  const { s3, store } = fixture;
  expect(store.inspection.clockOffset).toBeUndefined();
  s3.fail({ operation: 'ListObjectsV2', fault: { kind: 'error', code: 'AccessDenied' } });
  await failureOf(store.list('shop', calm()));
  expect(Math.abs((store.inspection.clockOffset ?? 0) - ahead)).toBeLessThan(5000);
});
