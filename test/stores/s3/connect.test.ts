import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { toStoreError } from '../../../src/stores/s3/client/explain-error.ts';
import { SELF_SIGNED } from '../../sources/scalingo/self-signed.ts';
import {
  ARCHIVE,
  bytesOf,
  calm,
  expectBytes,
  failureOf,
  PART,
  piecesOf,
  startStore,
} from './store-fixture.ts';

/** Of an authority that signed nothing here. */
const OTHER_CA = `-----BEGIN CERTIFICATE-----
MIIBhzCCAS2gAwIBAgIUGO53vuffRvB9+z+TODAYOi1YScgwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNc29tZWJvZHktZWxzZTAgFw0yNjExMjMyMzU4MTdaGA8yMTI2
MTAzMDIzNTgxN1owGDEWMBQGA1UEAwwNc29tZWJvZHktZWxzZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABHW6P5KsADLub25KVyfAlViQYi+I//EuZLq/Tw9joMS7
WFzs8zNcflaDF2uEbHDLHU+AUhNurmMDZU1W6LlU5KqjUzBRMB0GA1UdDgQWBBT5
uOh3ucy3E2WVSUNHQH5RikoujjAfBgNVHSMEGDAWgBT5uOh3ucy3E2WVSUNHQH5R
ikoujjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQCjJkx2dgqe
v3UxEtVFSy2P4PLu1L0jCUAfKAsLsyCwDAIgYvFcjn/S92+LP4vr3tbX8t5wryK7
X+P9GLDxE6b4xL4=
-----END CERTIFICATE-----`;

const TOKEN = 'CANARY-session-token/with+odd=signs';

describe('a store behind a certificate of its own', () => {
  it('is trusted by its CA, and takes an archive', async () => {
    await using fixture = await startStore({ ca: SELF_SIGNED.cert }, { tls: SELF_SIGNED });
    const bytes = bytesOf(PART + 1);
    await fixture.store.probe('shop', calm());
    await fixture.upload(piecesOf(bytes));
    await expectBytes(fixture, bytes);
  });

  it.each([
    ['without its CA', undefined],
    ['with the CA of somebody else', OTHER_CA],
  ])('is not trusted %s: the error names the key to set', async (_, ca) => {
    await using fixture = await startStore({ ca }, { tls: SELF_SIGNED });
    const error = await failureOf(fixture.store.requireBucket(calm()));
    expect(error).toMatchObject({
      code: 's3.network',
      hint: expect.stringContaining('s3.caFile (S3_CA_FILE)'),
      retryable: false,
    });
    expect(fixture.s3.requests).toEqual([]);
  });
});

describe('credentials', () => {
  it('with a session token are taken', async () => {
    await using fixture = await startStore({ sessionToken: TOKEN }, { sessionToken: TOKEN });
    await fixture.store.probe('shop', calm());
    const bytes = bytesOf(2 * PART);
    await fixture.upload(piecesOf(bytes));
    await expectBytes(fixture, bytes);
  });

  it.each([
    ['a wrong session token', { sessionToken: `${TOKEN}x` }, TOKEN, undefined],
    ['a wrong secret', { secretAccessKey: 'CANARY-secret-access-key' }, undefined, 'AWS_SECRET_ACCESS_KEY'],
    ['an unknown key', { accessKeyId: 'CANARYAKIA0000000000' }, undefined, 'AWS_ACCESS_KEY_ID'],
  ] as const)(
    'with %s are refused, and appear nowhere in the error',
    async (_, options, sessionToken, hint) => {
      await using fixture = await startStore(options, sessionToken === undefined ? {} : { sessionToken });
      const errors = [
        await failureOf(fixture.store.probe('shop', calm())),
        await failureOf(fixture.upload(piecesOf(bytesOf(2 * PART)))),
        await failureOf(fixture.store.list('shop', calm())),
        await failureOf(fixture.store.head(ARCHIVE, calm())),
      ];
      for (const error of errors) {
        expect(error.code).toMatch(/^s3\./);
        const shown = inspect(error, { depth: 12, showHidden: true }) + JSON.stringify(error);
        for (const canary of [...Object.values(options), TOKEN]) expect(shown).not.toContain(canary);
        expect(shown).not.toMatch(/AWS4-HMAC|Signature=|x-amz-security-token/i);
      }
      expect(errors[0]?.details).toMatchObject({
        status: expect.any(Number),
        requestId: expect.stringMatching(/^[0-9A-F]{16}$/),
      });
      if (hint !== undefined) expect(errors[0]?.hint).toContain(hint);
    },
  );
});

it('without credentials anywhere says that there are none', () => {
  const thrown = Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' });
  expect(toStoreError(thrown, 'HeadBucket archives')).toMatchObject({
    code: 's3.no_credentials',
    message: 'HeadBucket archives: no credentials were found',
    hint: expect.stringContaining('AWS_ACCESS_KEY_ID'),
  });
});

/** The bucket is asked for by a HEAD, whose response has no body: a status is all that it can say. */
describe('the first question to a bucket', () => {
  it.each([
    ['an unknown key', { accessKeyId: 'AKIA0000000000000000' }, 's3.forbidden', 'AWS_ACCESS_KEY_ID'],
    ['a wrong secret', { secretAccessKey: 'not-the-secret' }, 's3.forbidden', 'AWS_SECRET_ACCESS_KEY'],
    ['another region', { region: 'eu-west-9' }, 's3.wrong_region', 'S3_REGION'],
  ] as const)('with %s is refused in words, and says what to correct', async (_, options, code, key) => {
    await using fixture = await startStore(options);
    const error = await failureOf(fixture.store.requireBucket(calm()));
    expect(error).toMatchObject({ code, hint: expect.stringContaining(key) });
    expect(error.message).not.toContain('Unknown');
    // The hint is a sentence of its own, and follows.
    expect(error.message).not.toMatch(/\.$/);
    expect(error.details.requestId).toMatch(/^[0-9A-F]{16}$/);
  });

  it('is answered by a listing, where a policy allows nothing but the prefix', async () => {
    await using fixture = await startStore({ prefix: 'ours/' });
    const refused = { kind: 'error', code: 'AccessDenied' } as const;
    fixture.s3.fail({ operation: 'HeadBucket', fault: refused, times: Number.POSITIVE_INFINITY });
    await fixture.store.requireBucket(calm());
    expect(fixture.s3.requests.at(-1)?.query).toMatchObject({ prefix: 'ours/' });
  });

  it('names the rights, where the listing is refused too', async () => {
    await using fixture = await startStore();
    for (const operation of ['HeadBucket', 'ListObjectsV2'] as const) {
      const fault = { kind: 'error', code: 'AccessDenied' } as const;
      fixture.s3.fail({ operation, fault, times: Number.POSITIVE_INFINITY });
    }
    expect(await failureOf(fixture.store.requireBucket(calm()))).toMatchObject({
      code: 's3.forbidden',
      hint: expect.stringContaining('s3:ListBucket'),
    });
  });
});

describe('errors of the store', () => {
  it.each([
    ['UploadPart', 'AccessDenied'],
    ['CreateMultipartUpload', 'AccessDenied'],
    ['CompleteMultipartUpload', 'InternalError'],
  ] as const)('carry no request with its signature (%s %s)', async (operation, code) => {
    await using fixture = await startStore({ secretAccessKey: 'sandbox-secret-access-key' });
    fixture.s3.fail({
      operation,
      fault: { kind: 'error', code, status: 400 },
      times: Number.POSITIVE_INFINITY,
    });
    const error = await failureOf(fixture.upload(piecesOf(bytesOf(2 * PART))));
    const shown = inspect(error, { depth: 12, showHidden: true });
    expect(shown).toContain(operation);
    expect(shown).not.toContain(fixture.s3.secretAccessKey);
    expect(shown).not.toContain(fixture.s3.accessKeyId);
    expect(shown).not.toMatch(/AWS4-HMAC|Signature=/);
  });
});
