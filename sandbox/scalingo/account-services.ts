import type { Credentials } from './credentials.ts';
import type { Route } from './route.ts';
import { ok, type ServiceAnswer, unauthorizedAnswer, unknown } from './service-answer.ts';
import type { SimulatedDatabase } from './simulated-database.ts';

/** What the authentication service and the main API know of the world. */
export interface Account {
  readonly credentials: Credentials;
  readonly databases: ReadonlyMap<string, SimulatedDatabase>;
  readonly urls: { readonly auth: string; readonly api: string; readonly database: string };
  readonly tokenLifetimeMs: number;
  readonly addonTokenLifetimeMs: number;
}

/** https://developers.scalingo.com/tokens: the API token as Basic password with an empty user. */
export function exchangeToken(account: Account, authorization: string | undefined): ServiceAnswer {
  const [scheme, encoded = ''] = (authorization ?? '').split(' ');
  const [user, ...password] = Buffer.from(encoded, 'base64').toString().split(':');
  const valid = scheme === 'Basic' && user === '' && password.join(':') === account.credentials.apiToken;
  if (!valid) return unauthorizedAnswer('invalid API token');
  return ok({ token: account.credentials.issueToken('user', account.tokenLifetimeMs) });
}

/** Routes that ask for the account's bearer. */
export function accountAnswer(account: Account, route: Route, bearer: string | undefined): ServiceAnswer {
  if (bearer === undefined || !account.credentials.accepts(bearer, 'user')) return unauthorizedAnswer();
  switch (route.operation) {
    case 'self':
      return ok({ user: USER });
    case 'regions':
      return ok({ regions: [regionOf(account)] });
    case 'addons':
      return addonList(account, route.app);
    default:
      return addonAnswer(account, route);
  }
}

const USER = {
  id: 'us-6f1d3f0c-4f0a-4d0a-9b8f-2b2c9a9b7a01',
  username: 'sandbox',
  fullname: 'Sandbox',
  email: 'sandbox@example.com',
  flags: {},
};

function regionOf({ urls }: Account): Record<string, unknown> {
  return {
    name: 'osc-fr1',
    display_name: 'Sandbox',
    ssh: '127.0.0.1:22',
    api: urls.api,
    dashboard: urls.api,
    database_api: urls.database,
    default: true,
  };
}

function addonList({ databases }: Account, app: string | null): ServiceAnswer {
  const addons = [...databases.values()].filter((database) => database.app === app).map(describeAddon);
  return addons.length === 0 ? unknown('app') : ok({ addons });
}

function addonAnswer(account: Account, route: Route): ServiceAnswer {
  const owned = [...account.databases.values()].some(({ app }) => app === route.app);
  if (!owned) return unknown('app');
  const database = account.databases.get(route.addonId ?? '');
  if (database === undefined || database.app !== route.app) return unknown('addon');
  if (route.operation === 'addon') return ok({ addon: describeAddon(database) });
  const token = account.credentials.issueToken(`addon:${database.id}`, account.addonTokenLifetimeMs);
  return ok({ addon: { ...describeAddon(database), token } });
}

function describeAddon(database: SimulatedDatabase): Record<string, unknown> {
  return {
    id: database.id,
    app_id: database.app,
    resource_id: `${database.app}-3938`,
    status: database.status,
    plan: { id: database.plan, name: database.plan, display_name: database.plan },
    addon_provider: { id: database.type, name: database.type },
    provisioned_at: '2018-01-01T00:00:00.000+01:00',
  };
}
