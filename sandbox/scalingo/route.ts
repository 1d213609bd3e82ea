import type { Operation } from './fault.ts';
import type { ServerRole } from './request-log.ts';

/** A path that a server knows, with what it names. */
export interface Route {
  readonly operation: Operation;
  readonly app: string | null;
  readonly addonId: string | null;
  readonly backupId: string | null;
}

interface Pattern {
  readonly server: ServerRole;
  readonly method: string;
  readonly path: RegExp;
  readonly operation: Operation;
}

const SEGMENT = '([^/]+)';
const PATTERNS: readonly Pattern[] = [
  pattern('auth', 'POST', '/v1/tokens/exchange', 'exchange'),
  pattern('auth', 'GET', '/v1/users/self', 'self'),
  pattern('auth', 'GET', '/v1/regions', 'regions'),
  pattern('api', 'GET', '/v1/apps/:app/addons', 'addons'),
  pattern('api', 'GET', '/v1/apps/:app/addons/:addon', 'addon'),
  pattern('api', 'POST', '/v1/apps/:app/addons/:addon/token', 'addonToken'),
  pattern('database', 'GET', '/api/databases/:addon', 'database'),
  pattern('database', 'GET', '/api/databases/:addon/backups', 'list'),
  pattern('database', 'POST', '/api/databases/:addon/backups', 'create'),
  pattern('database', 'GET', '/api/databases/:addon/backups/:backup', 'backup'),
  // The SDKs ask for one backup without its database (go-scalingo, BackupShow).
  pattern('database', 'GET', '/api/backups/:backup', 'backup'),
  pattern('database', 'GET', '/api/databases/:addon/backups/:backup/archive', 'archive'),
  pattern('database', 'GET', '/api/databases/:addon/backups/:backup/download', 'download'),
  pattern('database', 'GET', '/objects/:backup', 'object'),
  pattern('storage', 'GET', '/objects/:backup', 'object'),
];

function pattern(server: ServerRole, method: string, path: string, operation: Operation): Pattern {
  const source = path.replace(/:(\w+)/g, (_, name: string) => `(?<${name}>${SEGMENT.slice(1)}`);
  return { server, method, path: new RegExp(`^${source}$`), operation };
}

/** Finds the route; `undefined` for an unknown path and for a known one with another method, as 404 is both. */
export function findRoute(server: ServerRole, method: string, path: string): Route | undefined {
  for (const candidate of PATTERNS) {
    if (candidate.server !== server || candidate.method !== method) continue;
    const match = candidate.path.exec(path);
    if (match === null) continue;
    const { app, addon, backup } = match.groups ?? {};
    return {
      operation: candidate.operation,
      app: app ?? null,
      addonId: addon ?? null,
      backupId: backup ?? null,
    };
  }
  return undefined;
}
