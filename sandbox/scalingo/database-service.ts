import type { Credentials, SimulationClock } from './credentials.ts';
import type { Route } from './route.ts';
import { ok, refusal, type ServiceAnswer, unauthorizedAnswer, unknown } from './service-answer.ts';
import type { SimulatedBackup } from './simulated-backup.ts';
import type { SimulatedDatabase } from './simulated-database.ts';

/** Database types whose backups exist but cannot be downloaded. */
const NOT_DOWNLOADABLE = ['elasticsearch', 'opensearch'];
/** Dedicated databases have snapshots and point-in-time recovery, but no logical backups. */
const WITHOUT_BACKUPS = ['postgresql-ng'];

export interface DatabaseServiceContext {
  readonly clock: SimulationClock;
  readonly credentials: Credentials;
  readonly databaseApiUrl: string;
}

/** https://developers.scalingo.com/databases/backups, for callers with the addon's bearer. */
export function databaseAnswer(
  context: DatabaseServiceContext,
  route: Route,
  database: SimulatedDatabase | undefined,
  bearer: string | undefined,
): ServiceAnswer {
  if (bearer === undefined || !context.credentials.accepts(bearer)) return unauthorizedAnswer();
  if (database === undefined) return unknown(route.addonId === null ? 'backup' : 'database');
  if (!context.credentials.accepts(bearer, `addon:${database.id}`)) return unauthorizedAnswer();
  switch (route.operation) {
    case 'database':
      return ok({ database: describeDatabase(database) });
    case 'list':
      return ok({ database_backups: ordered(database).map((backup) => show(context, database, backup)) });
    case 'create':
      return create(context, database);
    default:
      return backupAnswer(context, route, database);
  }
}

function create(context: DatabaseServiceContext, database: SimulatedDatabase): ServiceAnswer {
  if (WITHOUT_BACKUPS.includes(database.type)) {
    return refusal(400, 'backups are not available for this database type', 'not_supported');
  }
  const now = context.clock.now();
  if (database.refusesWhileRunning && database.backups.some((backup) => backup.isInFlight(now))) {
    return refusal(400, 'A backup is running');
  }
  const backup = database.createBackup();
  // Creation answers before anything has begun, whatever the timeline says.
  const json = { ...backup.describe(now), status: 'scheduled', started_at: null, size: null };
  return ok({ database_backup: database.reshape(json, backup) }, 201);
}

function backupAnswer(
  context: DatabaseServiceContext,
  route: Route,
  database: SimulatedDatabase,
): ServiceAnswer {
  const backup = database.backup(route.backupId ?? '');
  if (backup === undefined) return unknown('backup');
  if (route.operation === 'backup') return ok({ database_backup: show(context, database, backup) });
  if (NOT_DOWNLOADABLE.includes(database.type)) {
    return refusal(400, `backups of ${database.type} databases cannot be downloaded`, 'not_supported');
  }
  if (backup.statusAt(context.clock.now()) !== 'done') return refusal(400, 'the backup is not done');
  const token = context.credentials.issueLink(backup.id, database.links.lifetimeMs, database.links.oneTime);
  const path = `/api/databases/${database.id}/backups/${backup.id}/download`;
  return ok({ download_url: `${context.databaseApiUrl}${path}?token=${token}` });
}

function show(
  context: DatabaseServiceContext,
  database: SimulatedDatabase,
  backup: SimulatedBackup,
): unknown {
  const json = database.reshape(backup.describe(context.clock.now()), backup);
  backup.wasShown();
  return json;
}

function ordered(database: SimulatedDatabase): SimulatedBackup[] {
  const oldestFirst = [...database.backups].sort((a, b) => a.createdAt - b.createdAt);
  switch (database.listOrder) {
    case 'oldest-first':
      return oldestFirst;
    case 'newest-first':
      return oldestFirst.reverse();
    default:
      // Ids are hashes: an order that has nothing to do with time, yet the same at every run.
      return oldestFirst.sort((a, b) => (a.id.slice(-8) < b.id.slice(-8) ? -1 : 1));
  }
}

function describeDatabase(database: SimulatedDatabase): Record<string, unknown> {
  return {
    id: database.databaseId,
    created_at: '2018-01-01T00:00:00.000+01:00',
    resource_id: `${database.app}-3938`,
    app_name: database.app,
    encryption_at_rest: true,
    features: [],
    plan: database.plan,
    status: database.status,
    type_id: `${database.type}-type`,
    type_name: database.type,
    version_id: `${database.type}-version`,
    readable_version: database.version,
    periodic_backups_enabled: database.periodicBackups,
    periodic_backups_scheduled_at: [3],
    current_operation_id: database.currentOperation,
    ...(database.maintenanceWindow === null ? {} : { maintenance_window: database.maintenanceWindow }),
    instances: [],
  };
}
