/** mysqldump's own form, around code that was made with another character set; without a name it is of the database in use. */
const ALTER_DATABASE = /^ALTER DATABASE `(?:[^`]|``)+` /;
const QUOTED = '(?:`(?:[^`]|``)*`|"(?:[^"]|"")*")';
/** What mysqldump and the server write before the user's own words, which begin with `TRIGGER`. */
const TRIGGER = new RegExp(
  `^(?:/\\*M?!\\d+ )?CREATE(?:\\*/)?(?: OR REPLACE)?(?: (?:/\\*M?!\\d+ )?DEFINER=${QUOTED}(?:@${QUOTED})?(?:\\*/)?)?(?: /\\*M?!\\d+)?\\s*TRIGGER\\b`,
  'i',
);
/** A name or a word, and the dot where it is the database of the next one. */
const NAME = new RegExp(`(${QUOTED}|[\\w$\\x80-\\xff]+)(\\s*\\.\\s*)?`, 'g');

/** A statement that changes the dump's own database, without its name. */
export function withoutOwnName(statement: string): string {
  return statement.replace(ALTER_DATABASE, 'ALTER DATABASE ');
}

/**
 * Triggers, routines and events, line by line, without the name of the database that they were in. A trigger has it where
 * its user wrote it, before its own name and its table's, which can be of no other database.
 */
export class StoredCode {
  #isAtStart = true;
  /** Between `TRIGGER` and `FOR EACH ROW`. */
  #isInHead = false;

  /** @param line without its end, each character a byte */
  take(line: string, delimiter: string): string {
    const text = this.#isAtStart ? withoutOwnName(line) : line;
    if (this.#isAtStart) this.#isInHead = TRIGGER.test(text);
    this.#isAtStart = text.trimEnd().endsWith(delimiter);
    return this.#isInHead ? this.#headOfOwn(text) : text;
  }

  #headOfOwn(text: string): string {
    return text.replace(NAME, (found: string, name: string, dot: string | undefined) => {
      // A reserved word: no name is written so without quotes.
      if (name.toUpperCase() === 'FOR') this.#isInHead = false;
      return this.#isInHead && dot !== undefined ? '' : found;
    });
  }
}
