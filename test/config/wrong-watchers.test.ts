import { expect, test } from 'vitest';
import { load, SOUND } from './workspace.ts';
import { testWrongCases, type WrongCase } from './wrong-case.ts';

function variable(name: string, value: string, line: string | RegExp, hidden: string[] = []): WrongCase {
  return { name: `${name}=${value.slice(0, 40)}`, env: { ...SOUND, [name]: value }, lines: [line], hidden };
}

testWrongCases([
  variable(
    'HTTP_PORT',
    '0',
    'http.port (from the environment, HTTP_PORT): "0" is less than 1; allowed: a whole number from 1 to 65535',
  ),
  variable('HTTP_PORT', '65536', /^http\.port .*: "65536" is more than 65535/),
  variable('HTTP_PORT', ':8080', /^http\.port .*: ":8080" is not a whole number/),
  variable('HTTP_HOST', 'http://0.0.0.0', /^http\.host .* is not allowed; .*; only the host: no http:\/\/$/),
  variable('HTTP_HOST', '0.0.0.0:8080', /^http\.host .*; only the host: the port goes into http\.port/),
  variable('HTTP_HOST', '127.0.0.256', /^http\.host .*: "127\.0\.0\.256" is no address; /),
  variable(
    'NOTIFY_PING_URL',
    'hc-ping.com/hunter2',
    'notify.pingUrl (from the environment, NOTIFY_PING_URL): the value (not shown) is not an http:// or https:// URL; allowed: an http:// or https:// URL without a fragment',
    ['hunter2'],
  ),
  variable('NOTIFY_PING_URL', 'https://', /^notify\.pingUrl .*: the value \(not shown\) is not an http/),
  variable('NOTIFY_PING_URL', '***', /^notify\.pingUrl .* is a mask, as --print-config prints it/),
  variable('NOTIFY_WEBHOOK_URL', 'https://hooks.example.com/hunter2 ', /has white space around it/, [
    'hunter2',
  ]),
  variable('NOTIFY_WEBHOOK_URL', 'https://hooks.example.com/hun ter2', /has a space, a line break/, ['ter2']),
  variable('NOTIFY_WEBHOOK_URL', 'https://hooks.example.com/#hunter2', /has a fragment/, ['hunter2']),
  {
    name: 'a file and a value',
    env: { ...SOUND, NOTIFY_PING_URL_FILE: 'url' },
    files: { url: 'https://ping.example.com/hunter2' },
    hidden: ['hunter2'],
    lines: ['NOTIFY_PING_URL_FILE (from the environment): NOTIFY_PING_URL is set too; give one of the two'],
  },
]);

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::', '::'],
  ['[::1]', '::1'],
  ['localhost', 'localhost'],
])('the host %s is taken', (given, taken) => {
  expect(load({ env: { ...SOUND, HTTP_PORT: '8080', HTTP_HOST: given } }).http).toEqual({
    port: 8080,
    host: taken,
  });
});

test('nothing is served and nobody told unless it is asked for', () => {
  const { NOTIFY_PING_URL: _, NOTIFY_WEBHOOK_URL: __, ...env } = SOUND;
  expect(load({ env })).toMatchObject({
    http: { port: undefined, host: undefined },
    notify: { pingUrl: undefined, webhookUrl: undefined },
  });
});
