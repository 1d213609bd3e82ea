import type { DatabaseServer } from '../../model/server-url.ts';
import { shorten } from '../../text/shorten.ts';
import { oneLine } from '../../text/unseen.ts';
import { doesNotRestore, serverFailed, serverLacks, toolTooOld } from './restore-error.ts';
import type { ToolEnd } from './tools/running-tool.ts';

/** What one error of a tool says of the dump. */
export type JudgedError =
  /** A restore to another server always shows it. */
  | { readonly kind: 'expected'; readonly text: string }
  /** The server has not what the dump needs. */
  | { readonly kind: 'lacks'; readonly what: string; readonly text: string }
  /** It may come of what the server lacks; by itself it is damage. */
  | { readonly kind: 'follows'; readonly text: string }
  | { readonly kind: 'server' | 'tool' | 'damage'; readonly text: string };

/** Warnings kept: a thousand views of one owner say the same. */
const MOST_WARNINGS = 50;
const LONGEST_WARNING = 300;
const LONGEST_FAULT = 400;

/** Whose restore is judged. */
export interface Judged {
  readonly key: string;
  readonly server: DatabaseServer;
  /** Version of the tool, as it says it. */
  readonly tool: string;
}

/** All that a tool has said of one restore. */
export class JudgedErrors {
  readonly #warnings: string[] = [];
  #more = 0;
  readonly #lacks = new Map<string, string>();
  #follows: string | undefined;
  #worst: Extract<JudgedError, { kind: 'server' | 'tool' | 'damage' }> | undefined;

  add(judged: JudgedError): void {
    switch (judged.kind) {
      case 'expected':
        this.#warn(judged.text);
        break;
      case 'lacks':
        this.#lacks.set(judged.what, judged.text);
        break;
      case 'follows':
        this.#follows ??= judged.text;
        break;
      default:
        this.#worst ??= judged;
    }
  }

  /** Whether nothing more can come of it. */
  get isLost(): boolean {
    return this.#worst !== undefined;
  }

  /**
   * What it comes to, once the tool has ended.
   * @returns the warnings
   * @throws IntegrityError `restore.damaged`; ArchiverError `restore.server_failed`, `restore.server_lacks`,
   *   `restore.tool_too_old`
   */
  judge({ key, server, tool }: Judged, end: ToolEnd): readonly string[] {
    const text = shorten(oneLine(this.#worst?.text ?? this.#follows ?? ''), LONGEST_FAULT);
    if (this.#worst?.kind === 'server') throw serverFailed(server, text);
    if (this.#worst?.kind === 'tool') throw toolTooOld(tool, text);
    if (this.#worst !== undefined) throw doesNotRestore(key, text);
    if (this.#follows !== undefined) {
      throw this.#lacks.size > 0
        ? serverLacks(server, [...this.#lacks.keys()], text)
        : doesNotRestore(key, text);
    }
    const warnings = [...this.#warnings, ...[...this.#lacks.values()].map(warningOf)];
    if (end.signal !== null) throw serverFailed(server, `${tool} was ended by ${end.signal}`);
    // A tool ends with 1 where it has passed over errors.
    if (end.code !== 0 && warnings.length === 0) {
      throw doesNotRestore(key, `${tool} ended with ${end.code} and said nothing`);
    }
    return this.#more > 0 ? [...warnings, `and ${this.#more} more`] : warnings;
  }

  #warn(text: string): void {
    if (this.#warnings.length < MOST_WARNINGS) this.#warnings.push(warningOf(text));
    else this.#more += 1;
  }
}

function warningOf(text: string): string {
  return shorten(oneLine(text), LONGEST_WARNING);
}
