import { execFile } from 'node:child_process';
import { env } from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBinary } from '../../sandbox/servers/server-process.ts';
import { Proxies, targetOf } from '../../src/proxy/http-proxy.ts';
import { ProxyServer } from '../support/proxy-server.ts';

/** Where no name and no address leads: curl is sent there with whatever it wants to reach directly. */
const NOWHERE = '127.0.0.1:9';

const IPV4 = [
  '127.0.0.1',
  '10.0.0.1',
  '10.1.2.3',
  '192.168.0.1',
  '192.168.0.10',
  '192.168.255.255',
  '203.0.113.9',
];

const HOSTS = [
  'example.com',
  'www.example.com',
  'a.b.example.com',
  'nonexample.com',
  'example.com.',
  'www.example.com.',
  'EXAMPLE.com',
  'example.com.evil.test',
  'example.org',
  'com',
  'localhost',
  ...IPV4,
  '10.example.com',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[fd00::1]',
  '[FDAB::7]',
  '[fe80::7]',
  '[2001:db8::1]',
  '[::ffff:10.0.0.1]',
  'xn--bcher-kva.example.com',
].flatMap((host) => [`https://${host}/`, `https://${host}:8443/`]);

/** What curl and the program read alike. */
const ALIKE = [
  ...[
    '',
    ' ',
    ',',
    '.',
    '..',
    '*',
    ' * ',
    '* ',
    '**',
    '*,',
    ',*',
    '*,example.com',
    'other.test,*',
    'other.test *',
  ],
  ...['example.com', '.example.com', '..example.com', 'example.com.', '.example.com.', 'example.com..'],
  ...['EXAMPLE.COM', '.Example.Com', 'www.example.com', 'a.b.example.com', 'ample.com', 'com', '.com', 'e'],
  ...['other.test,example.com', 'other.test, example.com', 'other.test example.com', ',,example.com,,'],
  ...[
    '  example.com  ',
    'example.com\t',
    '\texample.com',
    'other.test\texample.com',
    'example.com,example.org',
  ],
  ...['other.test ,example.com', 'other.test , example.com', 'other.test;example.com', '"example.com"'],
  ...[
    '*example.com',
    'www.*',
    'www.*.com',
    'ex?mple.com',
    'https://example.com',
    'example.com/',
    'example.com/x',
  ],
  ...['example.com/24', 'user@example.com', 'xn--bcher-kva.example.com', 'localhost', '.localhost'],
  ...['127.0.0.1', '127.0.0.0/8', '127', '127.1', '10.0.0.1', '.10.0.0.1', '10.0.0.1.', '10.0.0'],
  ...['10.0.0.1/32', '10.0.0.1/31', '10.0.0.0/8', '10.0.0.0/08', '10.0.0.0/33'],
  ...['10.0.0.0/', '10.0.0.0/x', '10.0.0.0/-1', '10.0.0.0/ 8', '10.0.0.0/8,example.com'],
  ...[
    '10.0.0.0/255.0.0.0',
    '10/8',
    '10.0/8',
    '010.0.0.1',
    '192.168.0.0/16',
    '192.168.0.0/24',
    '192.168.0.1/30',
  ],
  ...[
    '192.168.*',
    '10.*',
    '::1',

    '::1/129',
    '::1/',
  ],
  ...[
    'fd00::1',

    '2001:DB8::1',
  ],
  ...['::ffff:10.0.0.1', 'fe80::7%eth0', '::2'],
];

const both = (...hosts: readonly string[]) =>
  HOSTS.filter((url) => hosts.some((host) => url === `https://${host}/` || url === `https://${host}:8443/`));
const LOOPBACK = ['[::1]', '[0:0:0:0:0:0:0:1]'];
const LOCAL = ['[fd00::1]', '[FDAB::7]'];
const MAPPED = '[::ffff:10.0.0.1]';
const BELOW = [
  'www.example.com',
  'a.b.example.com',
  'www.example.com.',
  'xn--bcher-kva.example.com',
  '10.example.com',
];
const EXAMPLE = ['example.com', 'EXAMPLE.com', 'example.com.', ...BELOW];

/** What the program reads in another way, and what it reaches directly then (docs/proxies.md). */
const OTHERWISE: readonly [string, readonly string[]][] = [
  // Of these curl matches none.
  ['*.example.com', both(...EXAMPLE)],
  ['[::1]', both(...LOOPBACK)],
  ['example.com:8443', both(...EXAMPLE).filter((url) => url.includes(':8443'))],
  ['10.0.0.1:8443', ['https://10.0.0.1:8443/']],
  ['[::1]:8443', both(...LOOPBACK).filter((url) => url.includes(':8443/'))],
  // curl 7.88 compares the text of an IPv6 address as if it were a name.
  ['0:0:0:0:0:0:0:1', both(...LOOPBACK)],
  ['::1/128', both(...LOOPBACK)],
  ['::/0', both(...LOOPBACK, ...LOCAL, '[fe80::7]', '[2001:db8::1]', MAPPED)],
  ['fd00::/8', both(...LOCAL)],
  ['FD00::/8', both(...LOCAL)],
  ['fe80::/10', both('[fe80::7]')],
  ['2001:db8::/32', both('[2001:db8::1]')],
  ['2001:db8:8000::/33', []],
  ['::ffff:10.0.0.0/104', both(MAPPED)],
  ['0.0.1', []],
  ['.0.1', []],
  // To curl 7.88 this is one address.
  ['0.0.0.0/0', both(...IPV4)],
  ['10.0.0.0/0', both(...IPV4)],
  // curl 7.88 reads the digits alone.
  ['10.0.0.0/8x', []],
];

describe('NO_PROXY', () => {
  let proxy: ProxyServer;
  beforeAll(async () => {
    proxy = await ProxyServer.start({ status: 403 });
  });
  afterAll(() => proxy[Symbol.asyncDispose]());

  /** Which of the URLs curl reaches directly: those of which it asks the proxy nothing. */
  async function directByCurl(text: string, urls: readonly string[]): Promise<string[]> {
    const curl = findBinary('', 'curl', 'apt-get install curl');
    const environment = { PATH: env.PATH, https_proxy: proxy.url(), no_proxy: text };
    const args = [
      '--disable',
      '--silent',
      '--connect-to',
      `::${NOWHERE}`,
      '--write-out',
      '%{http_connect}\\n',
    ];
    const { stdout } = await promisify(execFile)(curl, [...args, ...urls], { env: environment }).catch(
      // None of them can be fetched.
      (error: { stdout: string }) => error,
    );
    const codes = stdout.trim().split('\n');
    expect(codes).toHaveLength(urls.length);
    expect(codes.filter((code) => code !== '000' && code !== '403')).toEqual([]);
    return urls.filter((_, index) => codes[index] === '000');
  }

  function directByUs(text: string, urls: readonly string[]): string[] {
    const proxies = new Proxies({ https: proxy.url(), none: text });
    return urls.filter((url) => proxies.for(targetOf(new URL(url))) === undefined);
  }

  it.each(ALIKE)('%j is read as curl reads it', async (text) => {
    expect(directByUs(text, HOSTS)).toEqual(await directByCurl(text, HOSTS));
  });

  it.each(OTHERWISE)('%s is read in a way of our own', (text, direct) => {
    expect(directByUs(text, HOSTS)).toEqual(direct);
  });
});
