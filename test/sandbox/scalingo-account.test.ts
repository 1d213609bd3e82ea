import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';
import { ask } from './api-caller.ts';

const NOON = Date.parse('2026-03-01T12:00:00Z');
let now = NOON;
let scalingo: SimulatedScalingo;

beforeEach(async () => {
  now = NOON;
  scalingo = await SimulatedScalingo.start({ apiToken: 'tk-us-sandbox', clock: { now: () => now } });
});
afterEach(() => scalingo.close());

function basic(password: string, user = ''): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

async function exchange(): Promise<string> {
  const url = `${scalingo.authUrl}/v1/tokens/exchange`;
  const { json } = await ask(url, { method: 'POST', headers: basic('tk-us-sandbox') });
  return String(json.token);
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

describe('the authentication service', () => {
  it('exchanges the API token for a JWT of an hour', async () => {
    const token = await exchange();
    expect(token.split('.')).toHaveLength(3);
    expect(claimsOf(token)).toMatchObject({ iat: NOON / 1000, exp: NOON / 1000 + 3600 });
  });

  it.each([
    ['no credentials', {}],
    ['another token', basic('tk-us-other')],
    ['a user', basic('tk-us-sandbox', 'me')],
    ['the token as bearer', { Authorization: 'Bearer tk-us-sandbox' }],
  ])('refuses %s', async (_, headers) => {
    const answer = await ask(`${scalingo.authUrl}/v1/tokens/exchange`, { method: 'POST', headers });
    expect(answer.status).toBe(401);
    expect(answer.json).toEqual({ error: 'invalid API token' });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('tells user and regions to a bearer', async () => {
    const bearer = await exchange();
    const self = await ask(`${scalingo.authUrl}/v1/users/self`, { bearer });
    expect(self.json).toMatchObject({ user: { username: 'sandbox' } });
    const regions = await ask(`${scalingo.authUrl}/v1/regions`, { bearer });
    expect(regions.json).toMatchObject({ regions: [{ api: scalingo.apiUrl }] });
    expect((await ask(`${scalingo.authUrl}/v1/regions`)).status).toBe(401);
  });
});

describe('the main API', () => {
  it('gives an addon token that opens that database alone', async () => {
    const shop = scalingo.addDatabase({ app: 'shop' });
    const blog = scalingo.addDatabase({ app: 'blog' });
    const bearer = await exchange();
    const url = `${scalingo.apiUrl}/v1/apps/shop/addons/${shop.id}/token`;
    const { json, status } = await ask(url, { method: 'POST', bearer });
    expect(status).toBe(200);
    const { token } = json.addon as { token: string };
    const info = (id: string, with_: string) =>
      ask(`${scalingo.databaseApiUrl}/api/databases/${id}`, { bearer: with_ });
    expect((await info(shop.id, token)).json).toMatchObject({
      database: { type_name: 'postgresql', status: 'running', readable_version: '16.4.0-1' },
    });
    expect((await info(blog.id, token)).status).toBe(401);
    expect((await info(shop.id, bearer)).status).toBe(401);
    expect((await ask(url, { method: 'POST', bearer: token })).status).toBe(401);
  });

  it('lists and shows addons', async () => {
    const { id } = scalingo.addDatabase({ app: 'shop', type: 'mysql' });
    scalingo.addDatabase({ app: 'blog' });
    const bearer = await exchange();
    const list = await ask(`${scalingo.apiUrl}/v1/apps/shop/addons`, { bearer });
    expect(list.json.addons).toHaveLength(1);
    const one = await ask(`${scalingo.apiUrl}/v1/apps/shop/addons/${id}`, { bearer });
    expect(one.json).toMatchObject({ addon: { id, addon_provider: { id: 'mysql' } } });
  });

  it.each([
    ['GET', '/v1/apps/none/addons', { resource: 'app', error: 'not found' }],
    ['POST', '/v1/apps/none/addons/ad-1/token', { resource: 'app', error: 'not found' }],
    ['POST', '/v1/apps/shop/addons/ad-1/token', { resource: 'addon', error: 'not found' }],
    ['POST', '/v1/apps/blog/addons/SHOP/token', { resource: 'addon', error: 'not found' }],
    ['GET', '/v1/apps/shop/addons/SHOP/token', { error: 'not found' }],
    ['DELETE', '/v1/apps/shop/addons/SHOP', { error: 'not found' }],
    ['GET', '/v1/unknown', { error: 'not found' }],
  ])('answers 404 to %s %s', async (method, path, body) => {
    const shop = scalingo.addDatabase({ app: 'shop' });
    scalingo.addDatabase({ app: 'blog' });
    const url = `${scalingo.apiUrl}${path.replace('SHOP', shop.id)}`;
    const answer = await ask(url, { method, bearer: await exchange() });
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual(body);
  });
});

describe('tokens', () => {
  it('expire when their exp says so, on the simulated clock', async () => {
    scalingo.tokenLifetimeMs = 90_000;
    const bearer = await exchange();
    const status = async () => (await ask(`${scalingo.authUrl}/v1/users/self`, { bearer })).status;
    now += 89_999;
    expect(await status()).toBe(200);
    now += 1;
    expect(await status()).toBe(401);
  });

  it('can be revoked before their exp', async () => {
    const database = scalingo.addDatabase({ app: 'shop' });
    const old = scalingo.issueDatabaseBearer(database);
    scalingo.revokeTokens();
    const status = async (bearer: string) =>
      (await ask(`${scalingo.databaseApiUrl}/api/databases/${database.id}`, { bearer })).status;
    expect(await status(old)).toBe(401);
    expect(await status(scalingo.issueDatabaseBearer(database))).toBe(200);
  });

  it('are refused when forged', async () => {
    const database = scalingo.addDatabase({ app: 'shop' });
    const [head, , signature] = scalingo.issueDatabaseBearer(database).split('.');
    const claims = Buffer.from(JSON.stringify({ scope: `addon:${database.id}`, exp: 9e9 })).toString(
      'base64url',
    );
    for (const bearer of ['x', 'a.b.c', `${head}.${claims}.${signature}`]) {
      for (const id of [database.id, 'ad-unknown']) {
        const url = `${scalingo.databaseApiUrl}/api/databases/${id}`;
        expect((await ask(url, { bearer })).status).toBe(401);
      }
    }
  });

  it('are all remembered as secrets, and none is recorded with a request', async () => {
    const bearer = await exchange();
    await ask(`${scalingo.authUrl}/v1/users/self?secret=1`, { bearer });
    expect(scalingo.issuedSecrets()).toEqual(expect.arrayContaining(['tk-us-sandbox', bearer]));
    const recorded = JSON.stringify(scalingo.requests);
    for (const secret of scalingo.issuedSecrets()) expect(recorded).not.toContain(secret);
    expect(scalingo.requests.map(({ headers }) => headers.authorization)).toEqual(['Basic', 'Bearer']);
    expect(scalingo.requests[1]).toMatchObject({ path: '/v1/users/self', operation: 'self', status: 200 });
  });
});
