import { lockKeys, SCRATCH_PREFIX } from '../scratch-name.ts';
import { HELD } from '../tools/held-lock.ts';

// The SQL of a restore test. Names in it are the program's own, or quoted by the server.

/** Says that a database is one of ours, besides its name. */
const MARK = 'backup-archiver: a restore test; drop it when no test runs';

/** Schemas of the server's own. */
const OWN_SCHEMAS = `n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'`;

/** Makes a lock that lives as long as its connection, and says so. */
export function takeLock(name: string): string {
  const [one, two] = lockKeys(name);
  return `SELECT set_config('idle_session_timeout', '0', false) WHERE current_setting('server_version_num')::int >= 140000;
SELECT pg_advisory_lock(${one}, ${two}), '${HELD}';
`;
}

/** With template0 and UTF-8: what pg_dump's own documentation says a dump is to be restored into. */
export function createDatabase(name: string): string {
  return `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8';
COMMENT ON DATABASE ${name} IS '${MARK}';
`;
}

/** Ends what is still connected, as a restore whose program was killed, and drops it. From PostgreSQL 9.2 on. */
export function dropDatabase(name: string): string {
  return `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' \\g /dev/null
DROP DATABASE IF EXISTS ${name};
`;
}

/** Databases that look like ours and carry the mark, or did not come to get it, and the locks that are held: a row each. */
export const FIND_LEFT = `SELECT 'database', datname FROM pg_database
  WHERE datname LIKE '${SCRATCH_PREFIX.replaceAll('_', '\\_')}%'
    AND coalesce(shobj_description(oid, 'pg_database'), '${MARK}') = '${MARK}';
SELECT 'lock', classid || ' ' || objid FROM pg_locks WHERE locktype = 'advisory' AND granted;
`;

export const SERVER = `SELECT current_setting('server_version'), current_setting('lc_messages'), current_setting('is_superuser');
`;

/** What a database has that no extension brought: a row a kind, none where it is empty. */
export const FIND_OBJECTS = `SELECT count(*), 'relations' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${OWN_SCHEMAS} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') HAVING count(*) > 0;
SELECT count(*), 'functions' FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE ${OWN_SCHEMAS} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') HAVING count(*) > 0;
SELECT count(*), 'schemas' FROM pg_namespace n
  WHERE ${OWN_SCHEMAS} AND nspname <> 'public' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = n.oid AND d.deptype = 'e') HAVING count(*) > 0;
SELECT count(*), 'large objects' FROM pg_largeobject_metadata HAVING count(*) > 0;
`;

/** A JSON line for each table, with its exact number of rows; then one with the number of everything else. */
export const COUNT = `SELECT format('SELECT json_build_array(%L, count(*)) FROM ONLY %I.%I', n.nspname || '.' || c.relname, n.nspname, c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND ${OWN_SCHEMAS} ORDER BY 1 \\gexec
WITH relations AS (
  SELECT c.relkind AS kind, count(*) AS number FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${OWN_SCHEMAS} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  GROUP BY 1
)
SELECT json_build_object(
  'partitionedTables', (SELECT coalesce(sum(number), 0) FROM relations WHERE kind = 'p'),
  'views', (SELECT coalesce(sum(number), 0) FROM relations WHERE kind = 'v'),
  'materializedViews', (SELECT coalesce(sum(number), 0) FROM relations WHERE kind = 'm'),
  'sequences', (SELECT coalesce(sum(number), 0) FROM relations WHERE kind = 'S'),
  'indexes', (SELECT coalesce(sum(number), 0) FROM relations WHERE kind IN ('i', 'I')),
  'functions', (SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${OWN_SCHEMAS}
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')),
  'triggers', (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal),
  'foreignKeys', (SELECT count(*) FROM pg_constraint WHERE contype = 'f'),
  'extensions', (SELECT count(*) FROM pg_extension),
  'largeObjects', (SELECT count(*) FROM pg_largeobject_metadata),
  'bytes', pg_database_size(current_database()));
`;
