import { describe, expect, it } from 'vitest';
import { NoProxy } from '../../src/proxy/no-proxy.ts';

/** NO_PROXY, a host (and its port where that matters), whether it is reached directly. The first block is curl's own. */
describe('hosts without a proxy', () => {
  it.each([
    ['example.com', 'example.com', true],
    ['example.com', 'www.example.com', true],
    ['example.com', 'nonexample.com', false],
    ['example.com', 'example.com.evil.test', false],
    ['www.example.com', 'example.com', false],
    ['.example.com', 'example.com', true],
    ['.example.com', 'www.example.com', true],
    ['example.com.', 'www.example.com', true],
    ['example.com', 'www.example.com.', true],
    ['EXAMPLE.com', 'www.Example.COM', true],
    ['other.test,example.com', 'example.com', true],
    ['other.test, example.com', 'example.com', true],
    ['other.test example.com', 'example.com', true],
    [',,example.com,', 'example.com', true],
    ['*', 'example.com', true],
    ['*', '10.1.2.3', true],
    ['*', '::1', true],
    [' * ', '::1', false],
    ['.10.0.0.1', '10.0.0.1', false],
    ['10.0.0.1.', '10.0.0.1', false],
    ['fe80::7%eth0', 'fe80::7', false],
    ['', 'example.com', false],
    ['.', 'example.com', false],
    ['other.test,*', 'example.com', false],
    ['localhost', '127.0.0.1', false],
    ['127.0.0.1', 'localhost', false],
    ['192.168.0.1', '192.168.0.1', true],
    ['192.168.0.1', '192.168.0.10', false],
    ['168.0.1', '192.168.0.1', false],
    ['.0.1', '192.168.0.1', false],
    ['192.168.0.0/16', '192.168.255.255', true],
    ['192.168.0.0/16', '192.169.0.0', false],
    ['192.168.1.4/30', '192.168.1.7', true],
    ['192.168.1.4/30', '192.168.1.8', false],
    ['10.0.0.0/8', '10.example.com', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['10.0.0.0/33', '10.0.0.0', false],
    ['10.0.0.0/', '10.0.0.0', false],
    ['10.0.0.0/x', '10.0.0.0', false],
    ['::1', '::1', true],
    ['0:0:0:0:0:0:0:1', '::1', true],
    ['fd00::/8', 'fdab::7', true],
    ['fd00::/8', 'fe80::7', false],
    ['fd00::/129', 'fd00::', false],
    ['::/0', '10.0.0.1', false],
    ['[::1]', '::1', true],
    ['*.example.com', 'www.example.com', true],
    ['*example.com', 'www.example.com', false],
  ] as const)('"%s" with %s: %s', (text, host, direct) => {
    expect(new NoProxy(text).matches(host, 443)).toBe(direct);
  });

  it.each([
    ['example.com:8443', 'example.com', 8443, true],
    ['example.com:8443', 'www.example.com', 8443, true],
    ['example.com:8443', 'example.com', 443, false],
    ['10.0.0.1:9000', '10.0.0.1', 9000, true],
    ['10.0.0.1:9000', '10.0.0.1', 9001, false],
    ['[::1]:9000', '::1', 9000, true],
    ['[::1]:9000', '::1', 9001, false],
    ['::1:9000', '::1', 9000, false],
  ] as const)('"%s" with %s at port %i: %s', (text, host, port, direct) => {
    expect(new NoProxy(text).matches(host, port)).toBe(direct);
  });
});
