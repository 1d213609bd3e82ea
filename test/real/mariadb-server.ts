import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  findBinary,
  launch,
  type ServerProcess,
  stop,
  untilReady,
} from '../../sandbox/servers/server-process.ts';

const INSTALL_MARIADB = 'apt-get install -y mariadb-server-core mariadb-client';
const OUTPUT_LIMIT = 64 * 2 ** 20;

const execute = promisify(execFile);

/** A MariaDB server of its own, empty, reachable by a socket in its folder alone. */
export class MariaDbServer implements AsyncDisposable {
  readonly #dir: string;
  readonly #process: ServerProcess;

  private constructor(dir: string, process: ServerProcess) {
    this.#dir = dir;
    this.#process = process;
  }

  /** @throws Error with the command that installs it when it is missing, or with what the server said */
  static async start(): Promise<MariaDbServer> {
    const [server, install] = ['mariadbd', 'mariadb-install-db'].map((name) =>
      findBinary('MARIADB_BIN', name, INSTALL_MARIADB),
    );
    const dir = await mkdtemp(join(tmpdir(), 'mariadb-'));
    const user = `--user=${userInfo().username}`;
    const data = `--datadir=${join(dir, 'data')}`;
    try {
      const options = [
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
        '--innodb-log-file-size=8M',
      ];
      await execute(install ?? '', ['--no-defaults', data, user, ...options]);
      const args = ['--no-defaults', data, user, ...settings(dir)];
      const child = launch(server ?? '', args, { ...process.env });
      const started = new MariaDbServer(dir, child);
      try {
        await untilReady('MariaDB', child, () => started.query('SELECT 1'));
      } catch (error) {
        await stop(child, 'SIGKILL');
        throw error;
      }
      return started;
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      throw error;
    }
  }

  /** The path of its socket. */
  get socket(): string {
    return join(this.#dir, 'socket');
  }

  /** How a client reaches it. */
  url(login: string, database = ''): string {
    return `mysql://${login}@localhost/${database}?socket=${encodeURIComponent(this.socket)}`;
  }

  /** Runs one of MariaDB's own programs as root. @returns its stdout */
  async run(program: string, ...args: readonly string[]): Promise<string> {
    const options = ['--no-defaults', `--socket=${this.socket}`, '--user=root', ...args];
    const { stdout } = await execute(program, options, { maxBuffer: OUTPUT_LIMIT });
    return stdout;
  }

  /** Runs SQL. @returns the rows as text, columns apart by a tab */
  query(sql: string, database = 'mysql'): Promise<string> {
    return this.run('mariadb', '--batch', '--skip-column-names', `--execute=${sql}`, database);
  }

  async stop(): Promise<void> {
    await stop(this.#process, 'SIGKILL');
    await rm(this.#dir, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** No network, and no care for a crash: what is here is thrown away. */
function settings(dir: string): string[] {
  return [
    `--socket=${join(dir, 'socket')}`,
    `--pid-file=${join(dir, 'pid')}`,
    '--skip-networking',
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-flush-method=nosync',
    '--innodb-log-file-size=8M',
    '--innodb-buffer-pool-size=64M',
  ];
}
