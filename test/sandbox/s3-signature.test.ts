import { describe, expect, test } from 'vitest';
import { ChunkedDecoder } from '../../sandbox/s3/aws-chunked.ts';
import { startDigest } from '../../sandbox/s3/checksum.ts';
import { S3Error } from '../../sandbox/s3/s3-error.ts';
import { authenticate } from '../../sandbox/s3/signature.ts';

// The examples that Amazon published with its documentation of the signatures:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
const CREDENTIALS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
};
const MAY_2013 = Date.parse('2013-05-24T00:00:00Z');
const SCOPE = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const GET_HEADERS = {
  host: 'examplebucket.s3.amazonaws.com',
  range: 'bytes=0-9',
  'x-amz-content-sha256': EMPTY,
  'x-amz-date': '20130524T000000Z',
  authorization:
    `AWS4-HMAC-SHA256 Credential=${SCOPE},SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41`.replaceAll(
      /,(?=S)/g,
      ', ',
    ),
};

const CHUNKED_HEADERS = {
  host: 's3.amazonaws.com',
  'content-encoding': 'aws-chunked',
  'content-length': '66824',
  'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'x-amz-date': '20130524T000000Z',
  'x-amz-decoded-content-length': '66560',
  'x-amz-storage-class': 'REDUCED_REDUNDANCY',
  authorization: `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class, Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9`,
};
const CHUNKS = [
  `10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n${'a'.repeat(65_536)}\r\n`,
  `400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n${'a'.repeat(1024)}\r\n`,
  '0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n',
];

function refusal(work: () => unknown): string {
  try {
    work();
    return 'accepted';
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
}

describe('header signatures', () => {
  const verify = (headers: object, url = '/test.txt', now = MAY_2013) =>
    authenticate('GET', url, { ...GET_HEADERS, ...headers }, CREDENTIALS, now);

  test("Amazon's own example is accepted", () => {
    expect(verify({}).scope).toBe('20130524/us-east-1/s3/aws4_request');
  });

  test.each([
    ['another range', { range: 'bytes=0-8' }, '/test.txt', 'SignatureDoesNotMatch'],
    ['another key', {}, '/test2.txt', 'SignatureDoesNotMatch'],
    ['another query', {}, '/test.txt?acl', 'SignatureDoesNotMatch'],
    ['no signature', { authorization: undefined }, '/test.txt', 'AccessDenied'],
    ['another scheme', { authorization: 'AWS AKIA:abc' }, '/test.txt', 'AuthorizationHeaderMalformed'],
    ['an unsigned x-amz header', { 'x-amz-tagging': 'a=b' }, '/test.txt', 'AccessDenied'],
    ['no payload hash', { 'x-amz-content-sha256': undefined }, '/test.txt', 'InvalidRequest'],
    ['a date that is none', { 'x-amz-date': 'yesterday' }, '/test.txt', 'AccessDenied'],
  ])('%s is refused', (_what, headers, url, code) => {
    expect(refusal(() => verify(headers, url))).toBe(code);
  });

  test('a signature is good for a quarter of an hour, either way', () => {
    expect(refusal(() => verify({}, '/test.txt', MAY_2013 + 15 * 60_000))).toBe('accepted');
    expect(refusal(() => verify({}, '/test.txt', MAY_2013 + 15 * 60_000 + 1))).toBe('RequestTimeTooSkewed');
    expect(refusal(() => verify({}, '/test.txt', MAY_2013 - 15 * 60_000 - 1))).toBe('RequestTimeTooSkewed');
  });

  test('a session token must come along where there is one', () => {
    const withToken = { ...CREDENTIALS, sessionToken: 'the-token' };
    expect(refusal(() => authenticate('GET', '/test.txt', GET_HEADERS, withToken, MAY_2013))).toBe(
      'InvalidToken',
    );
  });
});

describe('signed chunks', () => {
  const decoder = () =>
    new ChunkedDecoder(
      { signed: true, trailer: false },
      authenticate('PUT', '/examplebucket/chunkObject.txt', CHUNKED_HEADERS, CREDENTIALS, MAY_2013),
    );

  test.each([1, 7, 4096, 100_000])("Amazon's own example, in pieces of %i bytes", (pieceSize) => {
    const body = Buffer.from(CHUNKS.join(''));
    const decode = decoder();
    const payload: Buffer[] = [];
    for (let start = 0; start < body.length; start += pieceSize) {
      payload.push(...decode.decode(body.subarray(start, start + pieceSize)));
    }
    expect(decode.end().size).toBe(0);
    expect(Buffer.concat(payload).toString()).toBe('a'.repeat(66_560));
  });

  test('a changed byte, an exchanged chunk and a missing end are refused', () => {
    const changed = CHUNKS.join('').replace('aaa\r\n', 'aab\r\n');
    expect(refusal(() => decoder().decode(Buffer.from(changed)))).toBe('SignatureDoesNotMatch');
    expect(refusal(() => decoder().decode(Buffer.from(CHUNKS[2] ?? '')))).toBe('SignatureDoesNotMatch');
    const cut = decoder();
    cut.decode(Buffer.from(CHUNKS.slice(0, 2).join('')));
    expect(refusal(() => cut.end())).toBe('IncompleteBody');
  });

  test('framing that is none is refused', () => {
    for (const body of [
      'hello\r\n',
      '5\r\nhello\r\n',
      'zz;chunk-signature=x\r\n',
      `${'1'.repeat(9000)}\r\n`,
    ]) {
      expect(refusal(() => decoder().decode(Buffer.from(body)))).toBe('InvalidRequest');
    }
  });
});

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
describe('signed chunks with a trailer', () => {
  const headers = {
    host: 's3.amazonaws.com',
    'content-encoding': 'aws-chunked',
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'x-amz-date': '20130524T000000Z',
    'x-amz-decoded-content-length': '66560',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'x-amz-trailer': 'x-amz-checksum-crc32c',
    authorization: `AWS4-HMAC-SHA256 Credential=${SCOPE}, SignedHeaders=content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer, Signature=106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e`,
  };
  const body = [
    `10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n${'a'.repeat(65_536)}\r\n`,
    `400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n${'a'.repeat(1024)}\r\n`,
    '0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n',
    'x-amz-checksum-crc32c:sOO8/Q==\r\n',
    'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n',
  ].join('');
  const decoder = () =>
    new ChunkedDecoder(
      { signed: true, trailer: true },
      authenticate('PUT', '/examplebucket/chunkObject.txt', headers, CREDENTIALS, MAY_2013),
    );

  test("Amazon's own example is accepted, and its checksum is right", () => {
    const decode = decoder();
    const crc32c = startDigest('CRC32C');
    for (const data of decode.decode(Buffer.from(body))) crc32c.update(data);
    expect(decode.end().get('x-amz-checksum-crc32c')).toBe('sOO8/Q==');
    expect(crc32c.digest().toString('base64')).toBe('sOO8/Q==');
  });

  test('a changed trailer is refused', () => {
    const changed = body.replace('sOO8/Q==', 'sOO8/R==');
    expect(refusal(() => decoder().decode(Buffer.from(changed)))).toBe('SignatureDoesNotMatch');
  });
});
