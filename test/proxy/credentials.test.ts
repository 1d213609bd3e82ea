import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Proxies } from '../../src/proxy/http-proxy.ts';
import { raw, ScriptedServer } from '../sources/scalingo/scripted-server.ts';
import { calm, startStore } from '../stores/s3/store-fixture.ts';
import { AcceptedConnections, ProxyServer } from '../support/proxy-server.ts';

const KEYS = { accessKeyId: 'AKIAROLE0000000001', secretAccessKey: 'role-secret-0000001' };
const ASSUMED = `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>${KEYS.accessKeyId}</AccessKeyId><SecretAccessKey>${KEYS.secretAccessKey}</SecretAccessKey>
<SessionToken>session-token-0000001</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`;
const CONTAINER = {
  AccessKeyId: KEYS.accessKeyId,
  SecretAccessKey: KEYS.secretAccessKey,
  Token: 'session-token-0000001',
  Expiration: '2099-01-01T00:00:00Z',
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'identity-'));
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE']) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'none'));
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'none'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function behind(proxy: ProxyServer) {
  const proxies = new Proxies({ https: proxy.url(), http: proxy.url() });
  return startStore(
    { proxies, accessKeyId: undefined, secretAccessKey: undefined },
    { ...KEYS, sessionToken: 'session-token-0000001' },
  );
}

it('STS is asked for a web identity by the proxy', async () => {
  await writeFile(join(folder, 'token'), 'web-identity-token');
  await using sts = await ScriptedServer.start();
  sts.on('POST /', raw(200, ASSUMED, { 'content-type': 'text/xml' }));
  vi.stubEnv('AWS_ENDPOINT_URL_STS', sts.url);
  vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(folder, 'token'));
  vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/archiver');
  await using proxy = await ProxyServer.start();
  using accepted = new AcceptedConnections();
  await using fixture = await behind(proxy);
  await fixture.store.requireBucket(calm());
  expect(proxy.asked).toContain(`POST ${sts.url}/`);
  expect(sts.seen).toHaveLength(1);
  expect(accepted.past(proxy)).toEqual([]);
});

it("the container's own service of credentials is asked directly, as AWS's SDKs do", async () => {
  await using service = await ScriptedServer.start();
  service.on('GET /role', raw(200, JSON.stringify(CONTAINER), { 'content-type': 'application/json' }));
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${service.url}/role`);
  await using proxy = await ProxyServer.start();
  using accepted = new AcceptedConnections();
  await using fixture = await behind(proxy);
  await fixture.store.requireBucket(calm());
  expect(service.seen).toHaveLength(1);
  expect(accepted.past(proxy)).toEqual([service.port]);
});
