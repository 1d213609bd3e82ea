import { StoredCode, withoutOwnName } from './stored-code.ts';

/**
 * What of a dump reaches beyond one database, and is not handed on: a restore must change nothing else on its server.
 * A line goes as an empty one, so that the client counts lines as the dump has them.
 */
const BEYOND =
  /^(?:\/\*M?!\d+ ?)?(?:(?:CREATE|DROP) (?:DATABASE|SCHEMA) |(?:CREATE|ALTER|DROP) (?:OR REPLACE )?(?:USER|ROLE|SERVER) |GRANT |REVOKE |SET (?:GLOBAL |@@GLOBAL\.|PERSIST |PASSWORD |DEFAULT ROLE )|SET @@SESSION\.SQL_LOG_BIN|SET @MYSQLDUMP_TEMP_LOG_BIN|INSTALL |UNINSTALL |FLUSH |CHANGE (?:MASTER|REPLICATION) |(?:START|STOP) (?:SLAVE|REPLICA)|RESET )/;
const USE = /^USE `((?:[^`]|``)+)`/;
const TABLE = /^CREATE TABLE `/;
/** mysqldump's own forms: a stand-in with the columns of the view, and later the view itself. */
const OF_VIEW = /^\/\*!50001 (?:CREATE|VIEW) /;
const VIEW_ITSELF = '/*!50001 VIEW ';
const ALTER_DATABASE = /^ALTER DATABASE /;
const DELIMITER = /^DELIMITER (\S+)/;
const HOST_LINE = /^-- Host: .* Database: (\S.*)$/;

/** Characters of a line by which it is judged, at least those of the longest of the forms. */
const HEAD = 96;
/** First letters of lines that are judged at all: rows of a table begin with `(` or `INSERT`. */
const JUDGED = new Set([...'CADGRSUF/I-'].map((letter) => letter.charCodeAt(0)));
/** Bytes of a line that are held to be changed; a longer one goes as it is. */
const LONGEST_HELD = 2 ** 20;
const MOST_VIEWS = 100_000;
const LINE_END = 10;
const SEMICOLON = 59;

/** `change`: the whole line is held, and handed on without the name of its database. */
type Mode = 'pass' | 'drop' | 'change';

/**
 * Goes through a dump of mysqldump or mariadb-dump, piece by piece, and hands on what belongs to its one database.
 * mariadb-dump names the columns of a view with their database, and users the tables of triggers; in a restore the database
 * has another name: that name goes.
 */
export class DumpFilter {
  /** Tables that the dump makes. */
  tables = 0;
  readonly #databases = new Set<string>();
  readonly #viewLines = new Set<number>();
  #line = 1;
  #mode: Mode = 'pass';
  /** The first bytes of a line that is not judged yet, or a line that is to be changed. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isAtStart = true;
  /** The last byte of what is dropped. */
  #lastByte = LINE_END;
  #delimiter = ';';
  #code = new StoredCode();
  #origin: string | undefined;

  /** Names of the databases that the dump goes into by itself. */
  get databases(): readonly string[] {
    return [...this.#databases];
  }

  /** Whether a statement that begins at this line makes a view. */
  isOfView(line: number): boolean {
    return this.#viewLines.has(line);
  }

  /** @returns what is handed on */
  update(bytes: Buffer): Buffer[] {
    const out: Buffer[] = [];
    let rest = bytes;
    while (rest.length > 0) rest = this.#isAtStart ? this.#judge(rest, out) : this.#goOn(rest, out);
    return out;
  }

  /** All has come. */
  end(): Buffer[] {
    const held = this.#take();
    return this.#mode === 'change' ? [this.#ofOwn(held)] : [held];
  }

  /** Holds the beginning of a line until it can be judged. @returns what is left */
  #judge(bytes: Buffer, out: Buffer[]): Buffer {
    const first = (this.#held[0] ?? bytes)[0];
    // The body of a routine may say anything: its lines are looked at as a whole.
    if (this.#isOfCode) this.#mode = 'change';
    // A statement that is dropped may have more lines.
    if (this.#mode !== 'pass' || !JUDGED.has(first ?? 0)) {
      this.#isAtStart = false;
      return bytes;
    }
    const end = bytes.subarray(0, HEAD - this.#heldBytes).indexOf(LINE_END);
    const piece = bytes.subarray(0, end < 0 ? HEAD - this.#heldBytes : end);
    this.#hold(piece);
    if (end >= 0 || this.#heldBytes >= HEAD) {
      const head = this.#take();
      this.#enter(head.toString('latin1'));
      this.#isAtStart = false;
      this.#put(head, out);
    }
    return bytes.subarray(piece.length);
  }

  /** What a line is, by its first characters. */
  #enter(head: string): void {
    const delimiter = DELIMITER.exec(head)?.[1];
    if (delimiter !== undefined) this.#delimiter = delimiter;
    this.#origin ??= HOST_LINE.exec(head)?.[1]?.trim();
    if (this.#isOfCode) return;
    const used = USE.exec(head)?.[1];
    if (used !== undefined) this.#databases.add(used);
    if (used !== undefined || BEYOND.test(head)) this.#mode = 'drop';
    else if (ALTER_DATABASE.test(head)) this.#mode = 'change';
    else if (TABLE.test(head)) this.tables += 1;
    else if (OF_VIEW.test(head)) {
      if (this.#viewLines.size < MOST_VIEWS) this.#viewLines.add(this.#line);
      if (head.startsWith(VIEW_ITSELF)) this.#mode = 'change';
    }
  }

  /** Within a line. @returns what is left */
  #goOn(bytes: Buffer, out: Buffer[]): Buffer {
    if (this.#mode === 'pass') return this.#passOn(bytes, out);
    const end = bytes.indexOf(LINE_END);
    this.#put(end < 0 ? bytes : bytes.subarray(0, end), out);
    if (end < 0) return bytes.subarray(bytes.length);
    if (this.#mode === 'change') out.push(this.#ofOwn(this.#take()));
    // A statement ends in a semicolon; where it does not, the empty line ends it that mysqldump has after each.
    const isOver = this.#mode === 'change' || this.#lastByte === SEMICOLON || this.#lastByte === LINE_END;
    if (isOver) this.#mode = 'pass';
    this.#lastByte = LINE_END;
    out.push(bytes.subarray(end, end + 1));
    this.#beginLine();
    return bytes.subarray(end + 1);
  }

  /** Lines that are as they are, in one piece: up to the next one that is to be judged. @returns what is left */
  #passOn(bytes: Buffer, out: Buffer[]): Buffer {
    let at = bytes.indexOf(LINE_END) + 1;
    for (; at > 0; at = bytes.indexOf(LINE_END, at) + 1) {
      this.#beginLine();
      if (at === bytes.length || this.#isOfCode || JUDGED.has(bytes[at] ?? 0)) break;
      this.#isAtStart = false;
    }
    const passed = at > 0 ? bytes.subarray(0, at) : bytes;
    out.push(passed);
    return bytes.subarray(passed.length);
  }

  #beginLine(): void {
    this.#line += 1;
    this.#isAtStart = true;
  }

  #put(piece: Buffer, out: Buffer[]): void {
    if (piece.length === 0) return;
    this.#lastByte = piece.at(-1) ?? LINE_END;
    if (this.#mode === 'pass') out.push(piece);
    if (this.#mode !== 'change') return;
    this.#hold(piece);
    if (this.#heldBytes <= LONGEST_HELD) return;
    out.push(this.#take());
    this.#mode = 'pass';
  }

  #hold(piece: Buffer): void {
    this.#held.push(piece);
    this.#heldBytes += piece.length;
  }

  #take(): Buffer {
    const held = this.#held.length === 1 ? this.#held[0] : undefined;
    const taken = held ?? Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return taken;
  }

  /** Whether triggers, routines or events come: they are between two lines of `DELIMITER`. */
  get #isOfCode(): boolean {
    return this.#delimiter !== ';';
  }

  /** A line without the name of the database that it was in. */
  #ofOwn(line: Buffer): Buffer {
    const text = line.toString('latin1');
    if (!this.#isOfCode) return Buffer.from(this.#viewOfOwn(withoutOwnName(text)), 'latin1');
    const delimiter = DELIMITER.exec(text)?.[1];
    if (delimiter === undefined) return Buffer.from(this.#code.take(text, this.#delimiter), 'latin1');
    this.#delimiter = delimiter;
    this.#code = new StoredCode();
    return line;
  }

  #viewOfOwn(line: string): string {
    const [own = this.#origin] = this.databases;
    return own === undefined ? line : line.replaceAll(`\`${own.replaceAll('`', '``')}\`.`, '');
  }
}
