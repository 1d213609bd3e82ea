import type { Output } from '../../../src/process/output.ts';

const ESCAPE = '\x1b';
const TOKEN = new RegExp(`${ESCAPE}\\[[\\d;?]*[A-Za-z]|.`, 'gsu');
const SEQUENCE = new RegExp(`^${ESCAPE}\\[(\\d*)([A-Za-z])$`);

/**
 * A terminal in memory: enough of ECMA-48 to tell what a person sees after what was written, wrapping
 * included. An escape sequence that it does not know is an error, so that none goes unnoticed.
 */
export class ScreenEmulator implements Output {
  /** As of a terminal that is stopped. */
  isBehind = false;
  readonly isTerminal = true;
  readonly hasColors = false;
  readonly #columns: number;
  #rows: string[] = [''];
  #row = 0;
  #column = 0;
  /** The whole screen after each write. */
  readonly frames: string[][] = [];

  constructor(columns = 80) {
    this.#columns = columns;
  }

  columns(): number {
    return this.#columns;
  }

  /** What stands on the screen, without empty lines at its end. */
  get lines(): string[] {
    const lines = this.#rows.map((row) => row.trimEnd());
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  get cursor(): { row: number; column: number } {
    return { row: this.#row, column: this.#column };
  }

  write(text: string): void {
    for (const [token] of text.matchAll(TOKEN)) this.#apply(token);
    this.frames.push(this.lines);
  }

  #apply(token: string): void {
    if (token === '\n') {
      this.#row += 1;
      this.#column = 0;
    } else if (token === '\r') this.#column = 0;
    else if (token.startsWith(ESCAPE)) this.#escape(token);
    else this.#put(token);
    while (this.#rows.length <= this.#row) this.#rows.push('');
  }

  #put(character: string): void {
    if (this.#column === this.#columns) {
      this.#row += 1;
      this.#column = 0;
    }
    const row = (this.#rows[this.#row] ?? '').padEnd(this.#column);
    this.#rows[this.#row] = row.slice(0, this.#column) + character + row.slice(this.#column + 1);
    this.#column += 1;
  }

  #escape(sequence: string): void {
    const [, count, command] = SEQUENCE.exec(sequence) ?? [];
    const row = this.#rows[this.#row] ?? '';
    if (command === 'A') this.#row = Math.max(0, this.#row - Number(count || 1));
    else if (command === 'G') this.#column = Number(count || 1) - 1;
    else if (command === 'K') this.#rows[this.#row] = count === '2' ? '' : row.slice(0, this.#column);
    else if (command === 'J') {
      this.#rows[this.#row] = row.slice(0, this.#column);
      this.#rows.length = this.#row + 1;
    } else throw new Error(`unknown sequence ${JSON.stringify(sequence)}`);
  }
}
