import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readTree } from './import-scan.ts';

/** What opens a connection to another machine, in the forms in which it is written. */
const OPENS =
  /\bnew (?:Http|Https|http\.|https\.)?Agent\(|\bgot(?:\(|\.(?:stream|get|post|extend)\b)|\bfetch\(|\bnew S3Client\(|import[^;]*\b(?:connect|createConnection|request|get)\b[^;]*from 'node:(?:net|tls|https?|http2)'/;

/**
 * Every way out has to ask which proxy is meant for a target. These do; one that is added here has to as well, by
 * `proxyAgents` or `openTunnel` of src/proxy, and to show so in test/proxy.
 */
const ASK_FOR_PROXY = [
  'src/http/bulk/connection.ts',
  'src/http/http-client.ts',
  'src/observability/notify/http-post.ts',
  'src/proxy/tunnel.ts',
  'src/stores/s3/client/connect.ts',
];

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

it('no request leaves but by what asks for the proxy', async () => {
  const found = [...(await readTree(ROOT, ['src']))].filter(([, text]) => OPENS.test(text));
  expect(found.map(([file]) => file).sort()).toEqual(ASK_FOR_PROXY);
});
