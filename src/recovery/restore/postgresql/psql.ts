import type { ArchiverError } from '../../../model/errors.ts';
import type { DatabaseServer } from '../../../model/server-url.ts';
import { formatDuration } from '../../../text/duration.ts';
import { shorten } from '../../../text/shorten.ts';
import { oneLine } from '../../../text/unseen.ts';
import { serverFailed } from '../restore-error.ts';
import { holdLock } from '../tools/held-lock.ts';
import type { ToolCall } from '../tools/program.ts';
import { runScript, SCRIPT_WITHIN } from '../tools/run-script.ts';

/** Seconds in which a client must have connected. */
const CONNECT_WITHIN = 15;
/** Database for what is done to others, where the URL names none. */
export const MAINTENANCE = 'postgres';

/** How the clients reach one database of a server; the password is in their environment alone. */
export function connectionEnvironment(server: DatabaseServer, database: string): Record<string, string> {
  const { host, port, user, password, parameters } = server;
  const given = {
    PGHOST: host,
    PGPORT: port === undefined ? undefined : String(port),
    PGUSER: user,
    PGPASSWORD: password ?? process.env.PGPASSWORD,
    PGDATABASE: database,
    PGSSLMODE: parameters.sslmode,
    PGSSLROOTCERT: parameters.sslrootcert,
    PGCONNECT_TIMEOUT: parameters.connect_timeout ?? String(CONNECT_WITHIN),
    PGAPPNAME: 'backup-archiver',
    PGCLIENTENCODING: 'UTF8',
  };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** psql, as it connects to one database of a server. */
export class Psql {
  readonly #program: string;
  readonly #server: DatabaseServer;

  constructor(program: string, server: DatabaseServer) {
    this.#program = program;
    this.#server = server;
  }

  /**
   * Runs a script of its own statements.
   * @returns the rows, columns apart by a tab
   * @param within milliseconds
   * @throws ArchiverError `restore.server_failed`, `restore.tool_missing`; the signal's reason
   */
  async run(
    database: string,
    script: string,
    signal: AbortSignal,
    within = SCRIPT_WITHIN,
  ): Promise<string[]> {
    const result = await runScript(this.#call(database), script, { signal, within });
    if (result === 'too long') throw this.#failed([`it did not end within ${formatDuration(within)}`]);
    const { code, out, err } = result;
    if (code === 0) return out.filter((line) => line !== '');
    throw this.#failed(err);
  }

  /** Holds a lock until it is released or this process ends. @throws ArchiverError `restore.server_failed` */
  async hold(
    database: string,
    script: string,
    signal: AbortSignal,
  ): Promise<{ release: () => Promise<void> }> {
    const held = await holdLock(this.#call(database), script, signal);
    if ('release' in held) return held;
    throw this.#failed(held.errors);
  }

  #call(database: string): ToolCall {
    return {
      program: this.#program,
      args: ['-XqAt', '--field-separator=\t', '--set=ON_ERROR_STOP=1', '--no-password'],
      env: connectionEnvironment(this.#server, database),
    };
  }

  #failed(errors: readonly string[]): ArchiverError {
    const said =
      errors.find((line) => /error|fatal/i.test(line)) ?? errors[0] ?? 'it said nothing within the time';
    return serverFailed(this.#server, shorten(oneLine(said.replace(/^psql:(?:<stdin>:\d+:)? /, '')), 300));
  }
}
