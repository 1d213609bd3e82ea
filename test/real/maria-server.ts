import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { launch, type ServerProcess, stop } from '../../sandbox/servers/server-process.ts';
import { freePorts } from './free-ports.ts';

const READY_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 100;
const OUTPUT_LIMIT = 64 * 2 ** 20;
const PASSWORD = 'a-password';
const run = promisify(execFile);

/** A MariaDB server of its own, on 127.0.0.1, whose `root` has no password (`apt-get install -y mariadb-server`). */
export class MariaServer implements AsyncDisposable {
  readonly port: number;
  readonly #dir: string;
  readonly #process: ServerProcess;

  private constructor(port: number, dir: string, process: ServerProcess) {
    this.port = port;
    this.#dir = dir;
    this.#process = process;
  }

  /** @throws Error with what the server said */
  static async start(): Promise<MariaServer> {
    const dir = await mkdtemp(join(tmpdir(), 'maria-'));
    const data = join(dir, 'data');
    const user = process.getuid?.() === 0 ? ['--user=root'] : [];
    const common = ['--no-defaults', `--datadir=${data}`, ...user];
    const anonymous = ['--auth-root-authentication-method=normal', '--skip-name-resolve', '--skip-test-db'];
    await run('mariadb-install-db', [...common, ...anonymous]);
    const [port = 0] = await freePorts(1);
    const options = [`--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(dir, 'socket')}`];
    const server = new MariaServer(port, dir, launch('mariadbd', [...common, ...options], process.env));
    await server.#becomeReady();
    return server;
  }

  /** Runs SQL as `root`. @returns the rows, columns apart by tabs */
  async query(sql: string): Promise<string> {
    const { stdout } = await run('mariadb', [...this.#root(), '--batch', '--skip-column-names', '-e', sql]);
    return stdout;
  }

  /** What mysqldump writes of a database, routines included. */
  async dump(database: string): Promise<string> {
    const args = [...this.#root(), '--routines', '--single-transaction', database];
    const { stdout } = await run('mariadb-dump', args, { maxBuffer: OUTPUT_LIMIT });
    return stdout;
  }

  /** A user with all rights on one database and none beside it: what docs/restore/mysql.md sets. */
  async userOf(database: string): Promise<{ MYSQL_PWD: string; target: string }> {
    await this.query(`CREATE USER me IDENTIFIED BY '${PASSWORD}'; GRANT ALL ON ${database}.* TO me`);
    return {
      MYSQL_PWD: PASSWORD,
      target: `--no-defaults --host=127.0.0.1 --port=${this.port} --user=me ${database}`,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.#process, 'SIGTERM');
    await rm(this.#dir, { recursive: true, force: true });
  }

  #root(): string[] {
    return ['--no-defaults', '--host=127.0.0.1', `--port=${this.port}`, '--user=root'];
  }

  async #becomeReady(): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    for (;;) {
      const why = await this.query('DELETE FROM mysql.global_priv WHERE user = ""; FLUSH PRIVILEGES').then(
        () => undefined,
        (error: unknown) => error,
      );
      if (why === undefined) return;
      const { child, output } = this.#process;
      if (child.exitCode !== null || performance.now() > deadline) {
        await this[Symbol.asyncDispose]();
        throw new Error(`MariaDB did not become ready (${String(why)}):\n${output()}`);
      }
      await sleep(ASK_EVERY_MS);
    }
  }
}
