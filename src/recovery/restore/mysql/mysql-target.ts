import { doesNotRestore, unsupported } from '../restore-error.ts';
import type { Counts, Opening, RestoreEnd, RestoreTarget } from '../target.ts';
import { RESTORE_WITHIN } from '../tools/run-script.ts';
import { RunningTool, type ToolEnd } from '../tools/running-tool.ts';
import type { MysqlClient } from './client.ts';
import { DumpFilter } from './dump-filter.ts';
import { MysqlMessages } from './messages.ts';
import { COUNT_OBJECTS, COUNT_STATEMENTS } from './statements.ts';

interface Parts extends Opening {
  readonly client: MysqlClient;
  readonly tools: readonly string[];
  readonly serverVersion: string;
  readonly database: string;
  readonly dispose: () => Promise<void>;
}

/**
 * With `--force` it goes on after an error, so that what is to be expected differs from damage. With `--binary-mode`
 * no line of the dump is a command of the client, which could run programs (`\\!`).
 */
const OPTIONS = ['--force', '--binary-mode', '--batch'];

/** A database of MySQL or MariaDB that the client fills from a stream. */
export class MysqlTarget implements RestoreTarget {
  readonly #parts: Parts;
  readonly #filter = new DumpFilter();
  readonly #messages = new MysqlMessages((line) => this.#filter.isOfView(line));
  readonly #tool: RunningTool;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#tool = new RunningTool(parts.client.call(parts.database, ...OPTIONS), {
      out: () => {},
      err: (line) => this.#messages.take(line),
    });
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
    await this.#hand(this.#filter.update(bytes), signal);
    const { databases } = this.#filter;
    if (databases.length > 1) {
      throw unsupported(
        this.#parts.key,
        `its dump is of several databases: ${databases.slice(0, 5).join(', ')}`,
      );
    }
  }

  async finish(signal: AbortSignal): Promise<RestoreEnd> {
    await this.#hand(this.#filter.end(), signal);
    const end = await this.#tool.finished(signal);
    return { warnings: this.#judge(end), statedTables: this.#filter.tables };
  }

  async count(signal: AbortSignal): Promise<Counts> {
    const { client, database } = this.#parts;
    const kinds = (await client.run(database, COUNT_OBJECTS, signal)).map((row) => row.split('\t'));
    const {
      tables: _,
      bytes = 0,
      ...objects
    } = Object.fromEntries(kinds.map(([kind, count]) => [kind, Number(count)]));
    const statements = await client.run(database, COUNT_STATEMENTS, signal);
    const rows = await client.run(database, `${statements.join('\n')}\n`, signal, RESTORE_WITHIN);
    const tables = rows.map((row) => {
      const at = row.lastIndexOf('\t');
      return { name: row.slice(0, at), rows: Number(row.slice(at + 1)) };
    });
    return { tables, objects, bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tool.kill();
    await this.#parts.dispose();
  }

  async #hand(pieces: readonly Buffer[], signal: AbortSignal): Promise<void> {
    const [only = Buffer.alloc(0), ...more] = pieces;
    const takesMore = await this.#tool.write(more.length === 0 ? only : Buffer.concat(pieces), signal);
    // Nothing more can come of it: the rest need not be fetched.
    if (this.#messages.errors.isLost) await this.#tool.kill();
    if (takesMore && !this.#messages.errors.isLost) return;
    this.#judge(await this.#tool.ended);
    throw doesNotRestore(this.#parts.key, 'the client ended before the dump did');
  }

  /** @returns the warnings. @throws ArchiverError where it was more than that */
  #judge(end: ToolEnd): readonly string[] {
    const { key, server, tools } = this.#parts;
    return this.#messages.errors.judge({ key, server, tool: tools[0] ?? 'mysql' }, end);
  }
}
