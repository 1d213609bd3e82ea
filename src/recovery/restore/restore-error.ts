import { ArchiverError, IntegrityError } from '../../model/errors.ts';
import { type DatabaseServer, describeServer, type RestorableEngine } from '../../model/server-url.ts';

/** The archive itself cannot be restored. @param why goes on from its key */
export function doesNotRestore(key: string, why: string): IntegrityError {
  return new IntegrityError('restore.damaged', `${key}: does not restore: ${why}`, {
    hint: 'Try an older archive (`backup-archiver list`), and look into how the backup was made: its bytes are those that the source sent.',
    details: { key },
  });
}

/** The server refused, was away or had no room: of the archive it says nothing. */
export function serverFailed(server: DatabaseServer, why: string): ArchiverError {
  return new ArchiverError('restore.server_failed', `${describeServer(server)}: ${why}`, {
    hint: 'Of the archive this says nothing. Look at the server, its disk and the rights of its user, and test again.',
  });
}

/** The server has not what the dump needs. @param what as `the extension postgis` */
export function serverLacks(server: DatabaseServer, what: readonly string[], why: string): ArchiverError {
  return new ArchiverError(
    'restore.server_lacks',
    `${describeServer(server)} lacks ${what.join(', ')}, which the dump needs: ${why}`,
    {
      hint: 'Of the archive this says nothing. Install it on the server, or test on one that has it, as the database itself does.',
      details: { lacks: what },
    },
  );
}

export function toolMissing(programs: readonly string[]): ArchiverError {
  return new ArchiverError('restore.tool_missing', `there is no ${programs.join(' and no ')} on the PATH`, {
    hint: 'Install the client of the engine (Debian: postgresql-client, mariadb-client), or use the image with the tools, …-tools.',
  });
}

/** @param why what the tool says */
export function toolTooOld(tool: string, why: string): ArchiverError {
  return new ArchiverError('restore.tool_too_old', `${tool} is too old for this dump: ${why}`, {
    hint: 'Install the client of the version that made the dump, or of a later one.',
  });
}

/** @param why goes on from the key */
export function unsupported(key: string, why: string): ArchiverError {
  return new ArchiverError('restore.unsupported', `${key}: ${why}`, {
    hint: 'This program restores dumps of PostgreSQL and MySQL. `verify --deep` walks the others too, and `download` brings them back.',
    details: { key },
  });
}

const SETTINGS: Readonly<Record<RestorableEngine, string>> = {
  postgresql: 'restoreTest.postgresqlUrl (RESTORE_TEST_POSTGRESQL_URL)',
  mysql: 'restoreTest.mysqlUrl (RESTORE_TEST_MYSQL_URL)',
};

export function noServer(key: string, engine: RestorableEngine): ArchiverError {
  return new ArchiverError('restore.no_server', `${key}: there is no server to restore it to`, {
    hint: `Set ${SETTINGS[engine]}, or give --into the URL of a ${engine} server, and --keep.`,
    details: { key, engine },
  });
}

/** @param what is there, as `12 tables` */
export function notEmpty(server: DatabaseServer, what: string): ArchiverError {
  return new ArchiverError(
    'restore.not_empty',
    `the database ${server.database} of ${describeServer(server)} is not empty: it has ${what}`,
    { hint: 'Nothing was written. Name a database that has no object of its own yet.' },
  );
}
