import { SCRATCH_PREFIX } from '../scratch-name.ts';
import { HELD } from '../tools/held-lock.ts';

// The SQL of a restore test. Names in it are the program's own, or quoted by the server.

const OF_SCRATCH = `SCHEMA_NAME LIKE '${SCRATCH_PREFIX.replaceAll('_', '\\_')}%'`;

/** A lock of a name, for as long as its connection lives: also through a night without a word. */
export function takeLock(name: string): string {
  return `SET SESSION wait_timeout = 31536000;
SELECT IF(GET_LOCK('${name}', 10) = 1, '${HELD}', 'not held');
`;
}

export function createDatabase(name: string): string {
  return `CREATE DATABASE \`${name}\`;\n`;
}

/** The connections of a database: those of a client that was killed go on until their statement ends. */
export function findConnections(name: string): string {
  return `SELECT CONCAT('KILL ', ID, ';') FROM information_schema.PROCESSLIST WHERE DB = '${name}' AND ID <> CONNECTION_ID();\n`;
}

export function dropDatabase(name: string): string {
  return `SET SESSION lock_wait_timeout = 60;\nDROP DATABASE IF EXISTS \`${name}\`;\n`;
}

/** Databases that look like ours and whose lock no connection holds. */
export const FIND_LEFT = `SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE ${OF_SCRATCH} AND IS_USED_LOCK(SCHEMA_NAME) IS NULL;\n`;

export const SERVER = "SELECT CONCAT(VERSION(), ' (', @@version_comment, ')');\n";

const TABLES = "TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')";

/** Objects of the database by kind: a row each. */
export const COUNT_OBJECTS = `SELECT 'tables', COUNT(*) FROM information_schema.TABLES WHERE ${TABLES};
SELECT 'views', COUNT(*) FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE();
SELECT 'routines', COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE();
SELECT 'triggers', COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE();
SELECT 'events', COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE();
SELECT 'foreignKeys', COUNT(*) FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE();
SELECT 'partitions', COUNT(*) FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() AND PARTITION_NAME IS NOT NULL;
SELECT 'bytes', COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) FROM information_schema.TABLES WHERE ${TABLES};
`;

/** A statement for each table, which counts its rows. */
export const COUNT_STATEMENTS = `SELECT CONCAT('SELECT ', QUOTE(TABLE_NAME), ', COUNT(*) FROM \`', REPLACE(TABLE_NAME, '\`', '\`\`'), '\`;')
  FROM information_schema.TABLES WHERE ${TABLES} ORDER BY TABLE_NAME;
`;
