import { describe, expect, it } from 'vitest';
import { printConfig } from '../../src/config/report/print-config.ts';
import { secretsOf } from '../../src/config/report/secrets.ts';
import { Proxies } from '../../src/proxy/http-proxy.ts';
import { load, problemsOf, SOUND } from './workspace.ts';

const A = 'http://a.test:1/';
const B = 'http://b.test:2/';

describe('which variables count', () => {
  it.each([
    [{}, undefined, undefined, undefined],
    [{ HTTPS_PROXY: A }, A, undefined, undefined],
    [{ HTTP_PROXY: A }, undefined, A, undefined],
    [{ https_proxy: A, HTTPS_PROXY: B }, A, undefined, undefined],
    [{ http_proxy: A, HTTP_PROXY: B }, undefined, A, undefined],
    [{ HTTPS_PROXY: A, ALL_PROXY: B }, A, B, undefined],
    [{ all_proxy: A, ALL_PROXY: B }, A, A, undefined],
    [{ https_proxy: '', HTTPS_PROXY: B }, B, undefined, undefined],
    [{ HTTPS_PROXY: '' }, undefined, undefined, undefined],
    [{ HTTPS_PROXY: A, NO_PROXY: 'x.test', no_proxy: 'y.test' }, A, undefined, 'y.test'],
    // Nothing uses this one.
    [{ HTTPS_PROXY: A, HTTP_PROXY: B, ALL_PROXY: 'socks5://c.test:3' }, A, B, undefined],
  ])('%j', (env, https, http, none) => {
    expect(load({ env: { ...SOUND, ...env } }).proxy).toEqual({ https, http, none });
  });

  it('a proxy with its login may come from a file', () => {
    const config = load({
      env: { ...SOUND, HTTPS_PROXY_FILE: 'proxy' },
      files: { proxy: 'http://me:pass-word@a.test:1\n' },
    });
    expect(config.proxy.https).toBe('http://me:pass-word@a.test:1/');
    expect(config.origin.variables).toContain('HTTPS_PROXY_FILE');
  });
});

describe('how a proxy is written', () => {
  it.each([
    ['http://squid.corp:3128', 'squid.corp:3128', false, undefined],
    ['http://squid.corp:3128/', 'squid.corp:3128', false, undefined],
    ['squid.corp:3128', 'squid.corp:3128', false, undefined],
    ['10.0.0.1:3128', '10.0.0.1:3128', false, undefined],
    ['http://[fd00::1]:3128', '[fd00::1]:3128', false, undefined],
    ['http://squid.corp', 'squid.corp:80', false, undefined],
    ['https://squid.corp', 'squid.corp:443', true, undefined],
    ['http://me:p%40ss@squid.corp:3128', 'squid.corp:3128', false, 'me:p@ss'],
    ['me:secret@squid.corp:3128', 'squid.corp:3128', false, 'me:secret'],
    ['http://token@squid.corp:3128', 'squid.corp:3128', false, 'token:'],
  ])('%s', (text, name, secure, login) => {
    const { proxy } = load({ env: { ...SOUND, HTTPS_PROXY: text } });
    const authorization = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
    expect(new Proxies(proxy).for({ secure: true, host: 'api.test', port: 443 })).toMatchObject({
      name,
      secure,
      authorization,
    });
  });

  it.each([
    ['http://', 'is no URL of an HTTP proxy'],
    ['http://squid.corp:port', 'is no URL of an HTTP proxy'],
    ['http://me:CANARY/pass@squid.corp:3128', 'is no URL of an HTTP proxy'],
    ['ftp://squid.corp:21', 'is no URL of an HTTP proxy'],
    ['socks5://squid.corp:1080', 'is a SOCKS proxy, which this program does not speak to'],
    ['http://squid.corp:3128/path', 'has something behind its host and port'],
    ['http://me:100%CANARY@squid.corp:3128', 'has a "%" in its user or password that begins no escape'],
    ['http://squid.corp:3128 ', 'has white space around it'],
    ['http://squid corp:3128', 'has a space, a line break or a character beyond ASCII'],
  ])('%j is refused in one line, which does not show it', (text, why) => {
    const problems = problemsOf({ env: { ...SOUND, https_proxy: text } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(
      `HTTPS_PROXY (from the environment, https_proxy): the value (not shown) ${why}`,
    );
    expect(problems[0]).not.toContain('CANARY');
  });

  it('one that is used for http and https alike is refused once for each', () => {
    const problems = problemsOf({ env: { ...SOUND, ALL_PROXY: 'socks5://squid.corp:1080' } });
    expect(problems.map((line) => line.split(':')[0])).toEqual([
      'HTTPS_PROXY (from the environment, ALL_PROXY)',
      'HTTP_PROXY (from the environment, ALL_PROXY)',
    ]);
  });
});

it('the login is a secret in every form in which it travels; host and port are none', () => {
  const HTTPS_PROXY = 'http://archiver:p%40ss-CANARY@squid.corp:3128';
  const config = load({ env: { ...SOUND, HTTPS_PROXY, HTTP_PROXY: 'http://token-CANARY@squid.corp:3128' } });
  const secrets = secretsOf(config);
  expect(secrets).toEqual(
    expect.arrayContaining([
      'p%40ss-CANARY',
      'p@ss-CANARY',
      Buffer.from('archiver:p@ss-CANARY').toString('base64'),
      'token-CANARY',
    ]),
  );
  expect(secrets.filter((each) => 'the proxy squid.corp:3128 of archiver'.includes(each))).toEqual([]);
});

it('--print-config shows the proxies without their logins', () => {
  const HTTPS_PROXY = 'http://me:pass-CANARY@squid.corp:3128';
  const env = { ...SOUND, HTTPS_PROXY, NO_PROXY: 'localhost,10.0.0.0/8' };
  const printed = printConfig(load({ env }));
  expect(printed).toContain(
    '# Proxies: https by http://***@squid.corp:3128, http by none, without for localhost,10.0.0.0/8\n',
  );
  expect(printed).not.toContain('CANARY');
  expect(printConfig(load({}))).not.toContain('Proxies');
});
