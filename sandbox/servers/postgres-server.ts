import { execFile } from 'node:child_process';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { launch, type ServerProcess, stop, untilReady } from './server-process.ts';

const INSTALL_POSTGRESQL = 'apt-get install -y postgresql';
/** Where Debian keeps the programs, by major version. */
const DEBIAN_FOLDER = '/usr/lib/postgresql';
const OUTPUT_LIMIT = 64 * 2 ** 20;

const execute = promisify(execFile);

/** A PostgreSQL server of its own, empty, reachable by a socket in its folder alone. */
export class PostgresServer implements AsyncDisposable {
  readonly #bin: string;
  readonly #dir: string;
  readonly #process: ServerProcess;

  private constructor(bin: string, dir: string, process: ServerProcess) {
    this.#bin = bin;
    this.#dir = dir;
    this.#process = process;
  }

  /** @throws Error with the command that installs it when it is missing, or with what the server said */
  static async start(): Promise<PostgresServer> {
    const bin = await newestInstalled();
    // Not within another temporary folder: its user could not pass through that.
    const dir = await mkdtemp(join(tmpdir(), 'postgres-'));
    try {
      const prefix = await asUnprivileged(dir);
      const data = join(dir, 'data');
      const initdb = [join(bin, 'initdb'), '--auth=trust', '--username=postgres', '--encoding=UTF8'];
      const [program = '', ...options] = [...prefix, ...initdb, '--locale=C.UTF-8', '--no-sync', data];
      await execute(program, options);
      const [binary = '', ...args] = [...prefix, join(bin, 'postgres'), '-D', data, ...settings(dir)];
      return await PostgresServer.#ready(bin, dir, launch(binary, args, { ...process.env }));
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      throw error;
    }
  }

  static async #ready(bin: string, dir: string, process: ServerProcess): Promise<PostgresServer> {
    const server = new PostgresServer(bin, dir, process);
    try {
      await untilReady('PostgreSQL', process, () => server.run('pg_isready', '-q'));
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** How a client reaches one of its databases. */
  url(database: string, login = 'postgres'): string {
    return `postgresql://${login}@${encodeURIComponent(this.#dir)}/${database}`;
  }

  /** Runs one of PostgreSQL's own programs (`pg_dump`, `pgbench`, …) against this server. @returns its stdout */
  async run(program: string, ...args: readonly string[]): Promise<string> {
    const env = { ...process.env, PGHOST: this.#dir, PGUSER: 'postgres' };
    const { stdout } = await execute(join(this.#bin, program), args, { env, maxBuffer: OUTPUT_LIMIT });
    return stdout;
  }

  /** Runs SQL. @returns the rows as text, columns apart by `|` */
  query(database: string, sql: string): Promise<string> {
    return this.run('psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', sql);
  }

  /** Ends it and removes its data. Without clients `SIGTERM` ends it at once. */
  async stop(): Promise<void> {
    await stop(this.#process, 'SIGTERM');
    await rm(this.#dir, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** No network, and no care for a crash: what is here is thrown away. */
function settings(dir: string): string[] {
  const options = [
    'listen_addresses=',
    `unix_socket_directories=${dir}`,
    'fsync=off',
    'full_page_writes=off',
    'synchronous_commit=off',
    'max_wal_size=4GB',
    'maintenance_work_mem=256MB',
  ];
  return options.flatMap((option) => ['-c', option]);
}

async function newestInstalled(): Promise<string> {
  const versions = (await readdir(DEBIAN_FOLDER).catch(() => [])).map(Number).filter(Number.isFinite);
  if (versions.length === 0) {
    throw new Error(`PostgreSQL was not found in ${DEBIAN_FOLDER}. Install it with: ${INSTALL_POSTGRESQL}`);
  }
  return join(DEBIAN_FOLDER, String(Math.max(...versions)), 'bin');
}

/** PostgreSQL refuses to run as root: there it runs as Debian's `postgres`, who then owns the folder. */
async function asUnprivileged(dir: string): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const idOf = async (flag: string) => Number((await execute('id', [flag, 'postgres'])).stdout);
  await chown(dir, await idOf('-u'), await idOf('-g'));
  return ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--'];
}
