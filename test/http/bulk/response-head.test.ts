import { describe, expect, it } from 'vitest';
import { endOfHead, parseResponseHead } from '../../../src/http/bulk/response-head.ts';

const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`;

describe('the head of a response', () => {
  it('is read to its empty line', () => {
    const text = head(
      'HTTP/1.1 206 Partial Content',
      'Content-Length: 12',
      'ETag:"v1"',
      'X-Empty:',
      'ETag: "v2"',
    );
    expect(parseResponseHead(text)).toEqual({
      status: 206,
      headers: expect.objectContaining({ 'content-length': '12', etag: '"v1"', 'x-empty': '' }),
      framing: 12,
      keepsAlive: true,
    });
    expect(endOfHead(Buffer.from(`${text}body`))).toBe(text.length);
    expect(endOfHead(Buffer.from(text.slice(0, -1)))).toBe(-1);
  });

  it.each([
    ['joins a field that comes twice', ['Via: a', 'Via: b'], { via: 'a, b' }],
    ['keeps blanks within a value only', ['Date: \t a  b \t'], { date: 'a  b' }],
    ['keeps the first server, as Node does', ['Server: a', 'Server: b'], { server: 'a' }],
    ['joins two dates, as Node does', ['Date: a', 'Date: b'], { date: 'a, b' }],
    ['takes no field for a property of all objects', ['__proto__: x'], { ['__proto__']: 'x' }],
  ])('%s', (_, lines, headers) => {
    const read = parseResponseHead(head('HTTP/1.1 200 OK', ...lines))?.headers ?? {};
    expect(Object.entries(read)).toEqual(Object.entries(headers));
  });

  it.each([
    ['200', ['Content-Length: 0'], 0],
    ['204', [], 0],
    ['304', ['Content-Length: 99'], 0],
    ['200', ['Transfer-Encoding: Chunked'], 'chunked'],
    ['200', [], 'close'],
  ])('%s with %j ends its body by %s', (status, lines, framing) => {
    expect(parseResponseHead(head(`HTTP/1.1 ${status}`, ...lines))?.framing).toBe(framing);
  });

  it.each([
    [['Connection: close'], false],
    [['Connection: Keep-Alive, Close'], false],
    [['Connection: keep-alive'], true],
    [['Connection: closed'], true],
  ])('%j: keeps alive %s', (lines, keepsAlive) => {
    expect(parseResponseHead(head('HTTP/1.1 200 OK', 'Content-Length: 1', ...lines))?.keepsAlive).toBe(
      keepsAlive,
    );
  });

  it.each([
    ['an older version', ['HTTP/1.0 200 OK']],
    ['another protocol', ['RTSP/1.1 200 OK']],
    ['an interim status', ['HTTP/1.1 100 Continue']],
    ['no status', ['HTTP/1.1 OK']],
    ['a folded line', ['HTTP/1.1 200 OK', 'X-A: 1', ' 2']],
    ['a blank before the colon', ['HTTP/1.1 200 OK', 'Content-Length : 5']],
    ['a line without a colon', ['HTTP/1.1 200 OK', 'nonsense']],
    ['a bare carriage return', ['HTTP/1.1 200 OK', 'X-A: 1\rContent-Length: 5']],
    ['a bare line feed', ['HTTP/1.1 200 OK', 'X-A: 1\nContent-Length: 5']],
    ['a control character', ['HTTP/1.1 200 OK', 'X-A: a\x01b']],
    ['a deleted character', ['HTTP/1.1 200 OK', 'X-A: a\x7fb']],
    ['a blank after its coding', ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked ']],
    ['no body, and a length that is none', ['HTTP/1.1 204 OK', 'Content-Length: 5, 5']],
    ['no body, and two framings', ['HTTP/1.1 304 OK', 'Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['a NUL', ['HTTP/1.1 200 OK', 'X-A: \0']],
    ['two lengths', ['HTTP/1.1 200 OK', 'Content-Length: 5', 'Content-Length: 5']],
    ['a list of lengths', ['HTTP/1.1 200 OK', 'Content-Length: 5, 5']],
    ['a negative length', ['HTTP/1.1 200 OK', 'Content-Length: -5']],
    ['a length in hexadecimal', ['HTTP/1.1 200 OK', 'Content-Length: 0x5']],
    ['a length and a coding', ['HTTP/1.1 200 OK', 'Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['another coding', ['HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked']],
    ['two codings', ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['two ranges', ['HTTP/1.1 206 OK', 'Content-Range: bytes 0-1/2', 'Content-Range: bytes 0-1/2']],
  ])('with %s is left to others', (_, lines) => {
    expect(parseResponseHead(head(...lines))).toBeUndefined();
  });
});
