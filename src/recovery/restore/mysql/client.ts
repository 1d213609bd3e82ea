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

/** The client of MySQL or of MariaDB, as it connects to one server. The password is in its environment alone. */
export class MysqlClient {
  readonly #program: string;
  readonly #server: DatabaseServer;
  readonly #options: readonly string[];

  /** @param version what the client says of itself: the two have different options for TLS */
  constructor(program: string, version: string, server: DatabaseServer) {
    this.#program = program;
    this.#server = server;
    this.#options = connectionOptions(server, /MariaDB/i.test(version));
  }

  /** @param database `undefined`: none is chosen */
  call(database: string | undefined, ...options: readonly string[]): ToolCall {
    const password = this.#server.password ?? process.env.MYSQL_PWD;
    return {
      program: this.#program,
      args: [...this.#options, ...options, ...(database === undefined ? [] : [`--database=${database}`])],
      env: password === undefined ? {} : { MYSQL_PWD: password },
    };
  }

  /**
   * Runs a script of its own statements.
   * @param within milliseconds
   * @returns the rows, columns apart by a tab
   * @throws ArchiverError `restore.server_failed`, `restore.tool_missing`; the signal's reason
   */
  async run(
    database: string | undefined,
    script: string,
    signal: AbortSignal,
    within = SCRIPT_WITHIN,
  ): Promise<string[]> {
    const call = this.call(database, '--batch', '--raw', '--skip-column-names');
    const result = await runScript(call, script, { signal, within });
    if (result === 'too long') throw this.#failed([`it did not end within ${formatDuration(within)}`]);
    if (result.code === 0) return result.out.filter((line) => line !== '');
    throw this.#failed(result.err);
  }

  /** Holds a lock until it is released or this process ends. @throws ArchiverError `restore.server_failed` */
  async hold(script: string, signal: AbortSignal): Promise<{ release: () => Promise<void> }> {
    const call = this.call(undefined, '--batch', '--skip-column-names', '--unbuffered');
    const held = await holdLock(call, script, signal);
    if ('release' in held) return held;
    throw this.#failed(held.errors);
  }

  #failed(errors: readonly string[]): ArchiverError {
    const said = errors.find((line) => /error/i.test(line)) ?? errors[0] ?? 'it said nothing within the time';
    return serverFailed(this.#server, shorten(oneLine(said), 300));
  }
}

/** A name that the machine gives itself means a socket to these clients, whatever the port: a host is meant as one. */
function connectionOptions({ host, port, user, parameters }: DatabaseServer, isMariaDb: boolean): string[] {
  const { socket } = parameters;
  const ca = parameters['ssl-ca'];
  return [
    // Nothing of the user's own files; it must be the first option.
    '--no-defaults',
    ...(socket === undefined ? [] : [`--socket=${socket}`]),
    ...(socket !== undefined || host === undefined ? [] : [`--host=${host}`, '--protocol=TCP']),
    ...(port === undefined ? [] : [`--port=${port}`]),
    ...(user === undefined ? [] : [`--user=${user}`]),
    ...(ca === undefined ? [] : [`--ssl-ca=${ca}`]),
    ...tlsOptions(tlsMode(parameters), isMariaDb),
    `--connect-timeout=${CONNECT_WITHIN}`,
    '--default-character-set=utf8mb4',
    '--max-allowed-packet=1073741824',
  ];
}

/** In the words of MySQL's `ssl-mode`; a URL for Java says it in two others. */
function tlsMode(parameters: DatabaseServer['parameters']): string | undefined {
  const { useSSL, verifyServerCertificate } = parameters;
  if (parameters['ssl-mode'] !== undefined) return parameters['ssl-mode'].toUpperCase();
  if (useSSL === 'false') return 'DISABLED';
  if (verifyServerCertificate === 'true') return 'VERIFY_CA';
  return useSSL === 'true' ? 'REQUIRED' : undefined;
}

function tlsOptions(mode: string | undefined, isMariaDb: boolean): string[] {
  if (mode === undefined) return [];
  if (!isMariaDb) return [`--ssl-mode=${mode}`];
  if (mode === 'DISABLED') return ['--skip-ssl'];
  if (mode.startsWith('VERIFY')) return ['--ssl', '--ssl-verify-server-cert'];
  return mode === 'REQUIRED' ? ['--ssl', '--disable-ssl-verify-server-cert'] : [];
}
