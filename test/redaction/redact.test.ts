import { describe, expect, it } from 'vitest';
import { holdsSecret, maskCertain, maskRefused, safeText } from '../../src/redaction/mask-text.ts';
import { createScrubber } from '../../src/redaction/output-scrubber.ts';

const { scrub } = createScrubber();

/** As each reader sees it: of the log, of the configuration, of what a service said. */
describe('one set of shapes', () => {
  it.each([
    ['bad token tk-us-abc_1', 'bad token [redacted]', 'bad token tk-us-***', 'bad token [hidden]'],
    ['key SCWABCDEFGHJKLMNPQRS', 'key [redacted]', 'key ***', 'key [hidden]'],
    ['Bearer abc.def-123', 'Bearer [redacted]', 'Bearer ***', '[hidden]'],
    ['got client_token=abc!', 'got client_token=[redacted]', 'got client_token=***', 'got [hidden]'],
    ['at s3://me:pa55@host', 'at s3://[redacted]@host', 'at s3://***@host', 'at s3://[hidden]@host'],
  ])('%s', (text, inLog, inConfig, inResponse) => {
    expect([scrub(text), maskCertain(text, []), safeText(text)]).toEqual([inLog, inConfig, inResponse]);
  });

  it('has private keys, also in JSON, which stays JSON', () => {
    const key =
      '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIE+/=\n-----END RSA PRIVATE KEY-----\n';
    const line = JSON.stringify({ a: `see ${key}`, b: JSON.stringify({ key }), c: 1 });
    expect(JSON.parse(scrub(line))).toEqual({ a: 'see [redacted]', b: '{"key":"[redacted]"}', c: 1 });
    expect(maskCertain(`see ${key}`, [])).toBe('see ***');
  });

  it('hides more in a value that is refused', () => {
    const uuid = '0b7c1c6e-6f6e-4f0e-8e0a-3d4f6a1b2c3d';
    expect(maskCertain(uuid, [])).toBe(uuid);
    expect(maskRefused(`ad-${uuid} ${uuid} h?a=b`, [])).toBe(`ad-${uuid} *** h?***`);
  });
});

describe('a mask', () => {
  it.each(['***', 'tk-us-***', 'https://***@host', 'S3_TAGS=token=tk-us-***'])('%s is no secret', (text) => {
    expect(holdsSecret(text)).toBe(false);
    expect(maskCertain(text, [])).toBe(text);
    expect(scrub(text)).toBe(text);
  });
});
