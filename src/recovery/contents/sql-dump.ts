import { BadContents, type Inspection } from './pulled.ts';

/** A dump of MySQL or MariaDB. */
export interface SqlDump {
  readonly format: 'mysql';
  /** Of the dump's first line. */
  readonly tool: string;
}

const EDGE = 1024;
/** mysqldump and mariadb-dump, the latter after a line of its own (https://mariadb.org/mariadb-dump-file-compatibility-change/). */
const FIRST_LINE = /^(?:\/\*[^\n]*\n)?-- ((?:MySQL|MariaDB) dump [^\n]*)/;
const LAST_LINE = /^-- Dump completed/m;

/**
 * Looks at the ends of a dump in SQL. mysqldump writes `-- Dump completed` as its last line, and only when it came to its
 * end (client/mysqldump.cc, `write_footer`); with `--skip-comments` it writes neither line.
 */
export class SqlInspection implements Inspection<SqlDump | null> {
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);

  update(bytes: Buffer): void {
    if (this.#head.length < EDGE)
      this.#head = Buffer.concat([this.#head, bytes.subarray(0, EDGE - this.#head.length)]);
    const end = bytes.subarray(-EDGE);
    this.#tail = Buffer.from(end.length < EDGE ? Buffer.concat([this.#tail, end]).subarray(-EDGE) : end);
  }

  /** @returns `null` for SQL that does not say what wrote it */
  end(): SqlDump | null {
    const [, tool] = FIRST_LINE.exec(this.#head.toString('latin1')) ?? [];
    if (tool === undefined) return null;
    if (!LAST_LINE.test(this.#tail.toString('latin1'))) {
      throw new BadContents('is a dump of MySQL that ends early: its last line is missing');
    }
    return { format: 'mysql', tool };
  }
}
