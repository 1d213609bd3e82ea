import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MASKS } from '../../src/redaction/mask-text.ts';
import { createScrubber, MIN_SECRET_LENGTH } from '../../src/redaction/output-scrubber.ts';

const REDACTED = MASKS.log;

describe('a known secret', () => {
  const secret = 'h/Unt"er+2 é%\n!';
  const { scrub } = createScrubber([secret]);

  it.each([
    ['as it is', secret],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['in JSON within JSON', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ['percent-encoded', encodeURIComponent(secret)],
    [
      'percent-encoded in lower case',
      encodeURIComponent(secret).replaceAll(/%../g, (hex) => hex.toLowerCase()),
    ],
    ['as a form writes it', new URLSearchParams({ '': secret }).toString().slice(1)],
    ['as the AWS SDK encodes it', encodeURIComponent(secret).replace('!', '%21')],
  ])('is removed %s', (_how, text) => {
    expect(scrub(`before ${text} after`)).toBe(`before ${REDACTED} after`);
  });

  it.each(['', 'u', 'us', 'user', 'a longer name'])('is removed from a Basic header of user "%s"', (user) => {
    const header = Buffer.from(`${user}:${secret}:tail`).toString('base64');
    const shown = scrub(`the header ${header}`);
    expect(shown).toContain(REDACTED);
    const left = Buffer.from(shown.replace('the header ', '').replace(REDACTED, ''), 'base64').toString(
      'latin1',
    );
    expect(left).not.toContain('Unt"er');
  });

  it('is removed from base64url', () => {
    const bytes = Buffer.from('\u{fb}ÿþ?>~~~long enough');
    const { scrub } = createScrubber([bytes.toString()]);
    expect(bytes.toString('base64url')).not.toBe(bytes.toString('base64'));
    expect(scrub(bytes.toString('base64url'))).toContain(REDACTED);
  });

  it('is removed each time it stands in a line, and where two follow each other', () => {
    const { scrub } = createScrubber(['hunter2hunter2']);
    expect(scrub('hunter2hunter2hunter2hunter2 hunter2hunter2')).toBe(`${REDACTED}${REDACTED} ${REDACTED}`);
  });

  it('is removed whole where another secret is its beginning', () => {
    const { scrub } = createScrubber(['abcdefgh', 'abcdefghijkl']);
    expect(scrub('[abcdefghijkl] [abcdefgh]')).toBe(`[${REDACTED}] [${REDACTED}]`);
  });

  it('is known from the moment it is added', () => {
    const scrubber = createScrubber();
    expect(scrubber.scrub('correct-horse')).toBe('correct-horse');
    expect(scrubber.add('correct-horse')).toBe(true);
    expect(scrubber.scrub('correct-horse')).toBe(REDACTED);
  });

  it('is told without the line end of the file it came from', () => {
    expect(createScrubber(['correct-horse\n']).scrub('correct-horse')).toBe(REDACTED);
  });

  it('leaves the log alone when it is too short, and says that it is not looked for', () => {
    const scrubber = createScrubber([undefined, '']);
    expect(scrubber.add('info')).toBe(false);
    expect(scrubber.add('x'.repeat(MIN_SECRET_LENGTH - 1))).toBe(false);
    expect(scrubber.scrub('{"level":"info"}')).toBe('{"level":"info"}');
  });

  it('of a URL is told by its path too', () => {
    const { scrub } = createScrubber(['https://hc.example/ping/0b7c1c6e-6f6e']);
    expect(scrub('GET /ping/0b7c1c6e-6f6e of hc.example')).toBe(`GET ${REDACTED} of hc.example`);
    expect(scrub('https://hc.example/ping/0b7c1c6e-6f6e/start')).toBe(`${REDACTED}/start`);
    expect(createScrubber(['https://hc.example/webhook']).scrub('/webhook')).toBe('/webhook');
  });

  it('leaves JSON that can be read, whatever it was', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, unit: 'grapheme' }),
        fc.string(),
        fc.string(),
        (value, before, after) => {
          fc.pre(value.trim().length >= 8);
          // What the line's own keys are made of is not what is tried here.
          fc.pre(!'{"event":"x","message":""}'.includes(JSON.stringify(value.trim()).slice(1, -1)));
          const line = JSON.stringify({ event: 'x', message: before + value.trim() + after });
          const shown = JSON.parse(createScrubber([value]).scrub(line));
          expect(shown.message).not.toContain(value.trim());
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('an issued token', () => {
  it('is remembered', () => {
    const scrubber = createScrubber();
    expect(scrubber.learn('issued-token-1')).toBe(true);
    expect(scrubber.scrub('x issued-token-1')).toBe(`x ${REDACTED}`);
    expect(scrubber.learn('short')).toBe(false);
  });

  it('is forgotten for newer ones, so that a daemon of years does not grow; a configured one never is', () => {
    const scrubber = createScrubber(['issued-token-2']);
    for (let n = 0; n <= 2048; n += 1) scrubber.learn(`issued-token-${n}.`);
    scrubber.learn('issued-token-2');
    for (let n = 3000; n < 5100; n += 1) scrubber.learn(`issued-token-${n}.`);
    expect(scrubber.scrub('issued-token-0.')).toBe('issued-token-0.');
    expect(scrubber.scrub('issued-token-5099.')).toBe(REDACTED);
    expect(scrubber.scrub('issued-token-2')).toBe(REDACTED);
  });

  it('that is issued again counts as new', () => {
    const scrubber = createScrubber();
    // None is the beginning of another.
    for (let n = 0; n < 2048; n += 1) scrubber.learn(`${n}.issued-token`);
    scrubber.learn('0.issued-token');
    scrubber.learn('9999.issued-token');
    expect(scrubber.scrub('0.issued-token')).toBe(REDACTED);
    expect(scrubber.scrub('1.issued-token')).toBe('1.issued-token');
  });
});

describe('what looks like a secret', () => {
  const { scrub } = createScrubber();
  const hex64 = 'a1'.repeat(32);

  it.each([
    ['token tk-us-AbC_d-9 sent', `token ${REDACTED} sent`],
    ['Authorization: Bearer abc.def-123', `Authorization: Bearer ${REDACTED}`],
    ['authorization: bearer ab1234', `authorization: bearer ${REDACTED}`],
    ['Basic OnRrLXVzLWFiYw==', `Basic ${REDACTED}`],
    ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln-_x end', `jwt ${REDACTED} end`],
    ['https://h/dl?token=abc&x=1', `https://h/dl?token=${REDACTED}&x=1`],
    ['https://h/dl?x=1&access_token=abc#f', `https://h/dl?x=1&access_token=${REDACTED}#f`],
    ['{"link":"https://h/dl?a=1\\u0026token=abc"}', `{"link":"https://h/dl?a=1\\u0026token=${REDACTED}"}`],
    ['next=https%3A%2F%2Fh%2Fdl%3Ftoken%3Dabc', `next=https%3A%2F%2Fh%2Fdl%3Ftoken%3D${REDACTED}`],
    [
      `https://b/k?X-Amz-Signature=${hex64}&partNumber=2`,
      `https://b/k?X-Amz-Signature=${REDACTED}&partNumber=2`,
    ],
    ['?X-Amz-Credential=AKIDEXAMPLE%2F2026', `?X-Amz-Credential=${REDACTED}`],
    ['?X-Amz-Security-Token=FwoG//x', `?X-Amz-Security-Token=${REDACTED}`],
    [`SignedHeaders=host, Signature=${hex64}`, `SignedHeaders=host, Signature=${REDACTED}`],
    ['id AKIAIOSFODNN7EXAMPLE.', `id ${REDACTED}.`],
    ['https://user:pa55@host/x', `https://${REDACTED}@host/x`],
    ['{"secretAccessKey":"wJalr/x"}', `{"secretAccessKey":"${REDACTED}"}`],
    ['{"token": "abc", "a": 1}', `{"token": "${REDACTED}", "a": 1}`],
    [
      JSON.stringify({ body: '{"token":"abc","a":"b"}' }),
      JSON.stringify({ body: `{"token":"${REDACTED}","a":"b"}` }),
    ],
    ["{ password: 'x', 'password': 'abc' }", `{ password: 'x', 'password': '${REDACTED}' }`],
    ['AWS_SECRET_ACCESS_KEY=wJalr/x other', `AWS_SECRET_ACCESS_KEY=${REDACTED} other`],
    ['SCALINGO_API_TOKEN=abc', `SCALINGO_API_TOKEN=${REDACTED}`],
  ])('%s', (text, shown) => {
    expect(scrub(text)).toBe(shown);
  });

  it.each([
    'the bearer token was refused: basic authentication failed',
    'SCALINGO_API_TOKEN: is required; set it, or SCALINGO_API_TOKEN_FILE',
    'https://db-api.osc-fr1.scalingo.com/api/databases/ad-1234/backups?page=2',
    '{"key":"prod/shop-db/2018-09-02T01-00-00Z_5b8f.tar.gz","etag":"9bb58f26192e4ba00f01e2e7b136bbd8-2"}',
    '{"token":null,"tokens":3,"operation":"POST /v1/tokens/exchange"}',
    's3://bucket/prefix http://[::1]:8333/bucket http://127.0.0.1:8333/a@b',
    'sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '{"time":"2026-11-23T03:00:00.000Z","runId":"0b7c1c6e-6f6e-4f0e-8e0a-3d4f6a1b2c3d","database":"shop-db"}',
  ])('is not: %s', (text) => {
    expect(scrub(text)).toBe(text);
  });
});

/** Milliseconds that this thread has computed: what else the machine does is not measured. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

describe('the cost', () => {
  const scrubber = createScrubber();
  for (let n = 0; n < 2048; n += 1) scrubber.learn(`${n}-an-issued-token-${n}`);

  it('of an ordinary line is microseconds, with two thousand tokens known', () => {
    const line = JSON.stringify({
      event: 'archive.progress',
      database: 'shop-db',
      bytes: 1,
      msg: 'm'.repeat(200),
    });
    const rounds = 5000;
    const begun = cpuMs();
    for (let n = 0; n < rounds; n += 1) scrubber.scrub(line);
    expect((cpuMs() - begun) / rounds).toBeLessThan(0.2);
  });

  it.each([
    'bearer ',
    '"token"',
    '"token":',
    '?token',
    'token=',
    '://a:',
    'eyJ',
    'a_',
    ' ',
    '\\',
    '&a',
    'signature=',
    'api_',
    ':',
  ])('does not explode on a hostile text of "%s"', (part) => {
    const begun = cpuMs();
    scrubber.scrub(`bearer "token"${part.repeat(200_000 / part.length)}token`);
    scrubber.scrub(`${part.repeat(200_000 / part.length)}"token"`);
    scrubber.scrub(`https://${part.repeat(200_000 / part.length)}`);
    expect(cpuMs() - begun).toBeLessThan(1000);
  });
});
