import { describe, expect, it } from 'vitest';
import {
  MAX_RETRY_AFTER_MS,
  parseContentRange,
  requestIdOf,
  retryAfterMs,
  strongValidator,
  unsatisfiedTotal,
} from '../../../src/http/response-headers.ts';
import { safeText } from '../../../src/redaction/mask-text.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

describe('Retry-After', () => {
  it.each([
    ['30', undefined, 30_000],
    [' 0 ', undefined, 0],
    ['1.5', undefined, 1500],
    ['86400', undefined, MAX_RETRY_AFTER_MS],
    ['99999999999999999999', undefined, MAX_RETRY_AFTER_MS],
    ['Thu, 01 Jan 2026 00:00:20 GMT', undefined, 20_000],
    // The service's clock is an hour ahead of ours: the difference counts.
    ['Thu, 01 Jan 2026 01:00:20 GMT', 'Thu, 01 Jan 2026 01:00:00 GMT', 20_000],
    ['Wed, 31 Dec 2025 23:00:00 GMT', undefined, 0],
    ['Fri, 02 Jan 2026 00:00:00 GMT', undefined, MAX_RETRY_AFTER_MS],
    ['-5', undefined, undefined],
    ['soon', undefined, undefined],
    ['', undefined, undefined],
    [undefined, undefined, undefined],
  ])('%s (Date %s) is %s ms', (header, date, ms) => {
    expect(retryAfterMs(header, date, NOW)).toBe(ms);
  });
});

describe('Content-Range', () => {
  it.each([
    ['bytes 0-499/1234', { start: 0, end: 499, total: 1234 }],
    ['Bytes 5-5/*', { start: 5, end: 5, total: null }],
    ['bytes 500-499/1234', undefined],
    ['bytes 0-1234/1234', undefined],
    ['items 0-4/5', undefined],
    ['bytes */1234', undefined],
    ['bytes 0-99999999999999999999/*', undefined],
    ['bytes 0-4', undefined],
    [undefined, undefined],
  ])('%s', (header, range) => {
    expect(parseContentRange(header)).toEqual(range);
  });

  it('of a 416 tells the total', () => {
    expect(unsatisfiedTotal('bytes */1234')).toBe(1234);
    expect(unsatisfiedTotal('bytes 0-1/1234')).toBeUndefined();
    expect(unsatisfiedTotal(undefined)).toBeUndefined();
  });
});

describe('the validator for If-Range', () => {
  const date = 'Thu, 01 Jan 2026 00:00:10 GMT';
  const old = 'Thu, 01 Jan 2026 00:00:00 GMT';
  it.each([
    [{ etag: '"abc"', 'last-modified': old, date }, '"abc"'],
    [{ etag: 'W/"abc"', 'last-modified': old, date }, old],
    [{ etag: 'W/"abc"', date }, null],
    [{ etag: 'unquoted', date }, null],
    [{ 'last-modified': old, date }, old],
    // Stamped with the time of the response: weak (RFC 9110 §8.8.2.2).
    [{ 'last-modified': date, date }, null],
    [{ 'last-modified': old }, null],
    [{ 'last-modified': 'yesterday', date }, null],
    [{}, null],
  ])('%j', (headers, validator) => {
    expect(strongValidator(headers)).toBe(validator);
  });
});

describe('a remote text', () => {
  it.each([
    ['two\nlines\tand\u0000\u001b[31mred\u2028', 'two lines and red'],
    ['see https://u:p@host/path?token=abc#x now', 'see https://host/path now'],
    ['bad token tk-us-abcdef_123', 'bad token [hidden]'],
    ['Authorization: Bearer abc.def-ghi', 'Authorization: [hidden]'],
    ['eyJhbGciOiJI.eyJleHAi.c2ln expired', '[hidden] expired'],
    ['token=abcdef is no more', '[hidden] is no more'],
    ['the secret s3cr3t+/= of yours', 'the secret [hidden] of yours'],
    ['as s3cr3t%2B%2F%3D too', 'as [hidden] too'],
  ])('%j', (text, safe) => {
    expect(safeText(text, ['s3cr3t+/=', 'of'])).toBe(safe);
  });

  it('is cut', () => {
    expect(safeText('word '.repeat(10_000))).toMatch(/^(word ){59}word…$/);
    expect(safeText(`${'x'.repeat(290)} tk-xx-secret-at-the-cut`)).toBe(`${'x'.repeat(290)} [hidden]`);
    expect(safeText(`${'x'.repeat(290)} dG9rZW4tYXQtdGhlLWN1dA`)).toBe(`${'x'.repeat(290)} …`);
  });
});

describe('a request id', () => {
  it('passes where it is one', () => {
    expect(requestIdOf('7c3c4f0e-1b:2')).toBe('7c3c4f0e-1b:2');
    expect(requestIdOf('with space')).toBeUndefined();
    expect(requestIdOf('x'.repeat(200))).toBeUndefined();
    expect(requestIdOf(undefined)).toBeUndefined();
  });
});
