import type { Counts, FoundDump, Opening, RestoreEnd, RestoreTarget } from '../target.ts';
import { RESTORE_WITHIN } from '../tools/run-script.ts';
import { RunningTool, type ToolEnd } from '../tools/running-tool.ts';
import { SpoolFile } from '../tools/spool-file.ts';
import { PgRestoreMessages } from './messages.ts';
import { connectionEnvironment, type Psql } from './psql.ts';
import { COUNT } from './statements.ts';

interface Parts extends Opening {
  readonly dump: FoundDump;
  readonly psql: Psql;
  /** Path of pg_restore. */
  readonly pgRestore: string;
  readonly tools: readonly string[];
  readonly serverVersion: string;
  /** Besides what connects. */
  readonly options: Readonly<Record<string, string>>;
  readonly database: string;
  readonly dispose: () => Promise<void>;
}

const NOT_STARTED: ToolEnd = { code: null, signal: null };

/** Neither roles nor what is for one server only. */
const OPTIONS = [
  '--format=custom',
  '--no-owner',
  '--no-privileges',
  '--no-tablespaces',
  '--no-security-labels',
  '--no-publications',
  '--no-subscriptions',
  '--no-password',
];

/** A PostgreSQL database that pg_restore fills: from a stream, or in parallel from a file. */
export class PostgresqlTarget implements RestoreTarget {
  readonly #parts: Parts;
  readonly #messages = new PgRestoreMessages();
  readonly #spool: SpoolFile | undefined;
  #tool: RunningTool | undefined;

  private constructor(parts: Parts, spool: SpoolFile | undefined) {
    this.#parts = parts;
    this.#spool = spool;
    // A stream has no second place to read at: parallel jobs need a file.
    if (spool === undefined) this.#tool = this.#start([]);
  }

  static async begin(parts: Parts): Promise<PostgresqlTarget> {
    const { jobs, database, dump } = parts;
    return new PostgresqlTarget(parts, jobs > 1 ? await SpoolFile.create(database, dump.size) : undefined);
  }

  get database(): string {
    return this.#parts.database;
  }

  get tools(): readonly string[] {
    return this.#parts.tools;
  }

  get serverVersion(): string {
    return this.#parts.serverVersion;
  }

  async write(bytes: Buffer, signal: AbortSignal): Promise<void> {
    if (this.#spool !== undefined) return this.#spool.write(bytes);
    const takesMore = await this.#tool?.write(bytes, signal);
    // Where it ended well, the rest of the archive is still to be read and checked.
    if (takesMore === false) this.#judge((await this.#tool?.ended) ?? NOT_STARTED);
  }

  async finish(signal: AbortSignal): Promise<RestoreEnd> {
    if (this.#spool !== undefined) this.#tool = this.#start([`--jobs=${this.#parts.jobs}`, this.#spool.path]);
    return { warnings: this.#judge((await this.#tool?.finished(signal)) ?? NOT_STARTED) };
  }

  async count(signal: AbortSignal): Promise<Counts> {
    const lines = await this.#parts.psql.run(this.#parts.database, COUNT, signal, RESTORE_WITHIN);
    const { bytes = 0, ...objects } = JSON.parse(lines.at(-1) ?? '{}') as Record<string, number>;
    const tables = lines.slice(0, -1).map((line) => {
      const [name, rows] = JSON.parse(line) as [string, number];
      return { name, rows };
    });
    return { tables, objects, bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tool?.kill();
    await this.#spool?.[Symbol.asyncDispose]();
    await this.#parts.dispose();
  }

  #start(args: readonly string[]): RunningTool {
    const { server, database, pgRestore, options } = this.#parts;
    const env = { ...connectionEnvironment(server, database), ...options };
    const quoted = database.replace(/[\\']/g, '\\$&');
    const call = { program: pgRestore, args: [...OPTIONS, `--dbname=dbname='${quoted}'`, ...args], env };
    return new RunningTool(call, { out: () => {}, err: (line) => this.#messages.take(line) });
  }

  /** @returns the warnings. @throws ArchiverError where it was more than that */
  #judge(end: ToolEnd): readonly string[] {
    const { key, server, tools } = this.#parts;
    return this.#messages.end().judge({ key, server, tool: tools[0] ?? 'pg_restore' }, end);
  }
}
