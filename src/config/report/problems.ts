import { maskKnown, maskRefused } from '../../redaction/mask-text.ts';
import { formatOf } from '../formats/formats.ts';
import type { Refusal } from '../formats/reading.ts';
import type { Setting } from '../schema/setting.ts';
import { FILE_SUFFIX } from '../sources/environment.ts';
import { showValue } from './show-value.ts';

/** Where a value came from. */
export type Origin =
  | { readonly source: 'file'; readonly file: string; readonly line: number | undefined }
  /** `variable`: the one that was set, `NAME_FILE` for a secret's file. */
  | { readonly source: 'environment'; readonly variable: string }
  | { readonly source: 'flag' }
  | { readonly source: 'unset' };

/** The mistakes found so far: lines for a person, without secrets, and the keys that are in doubt. */
export class Problems {
  readonly #lines: string[] = [];
  readonly #keys = new Set<string>();
  /** Every secret known, valid or not: none of them passes into a line. */
  readonly secrets: string[] = [];

  /** @param key the key that is not to be judged further, where the line is about one */
  add(line: string, key?: string): void {
    this.#lines.push(line);
    if (key !== undefined) this.#keys.add(key);
  }

  /** Whether a key, or the section that it stands in, has a problem already: then more would mislead. */
  concerns(key: string): boolean {
    if (this.#keys.has(key)) return true;
    const cut = key.lastIndexOf('.');
    return cut > 0 && this.concerns(key.slice(0, cut));
  }

  /** The lines in the order found. Masked once more as a whole: the last line of defence. */
  lines(): string[] {
    return [...new Set(this.#lines)].map((line) => maskKnown(line, this.secrets));
  }
}

/** `s3.bucket (from the environment, S3_BUCKET)`: a key, its variable, and what set it. */
export function keyAndOrigin(key: string, setting: Setting, origin: Origin): string {
  const variables = variablesOf(setting);
  const shown = setting.environmentOnly === true ? (setting.env ?? key) : key;
  const also = variables === undefined || shown === variables ? '' : `; variable ${variables}`;
  switch (origin.source) {
    case 'file':
      return `${shown} (from the file ${origin.file}${origin.line === undefined ? '' : `, line ${origin.line}`}${also})`;
    case 'environment':
      return `${shown} (from the environment${origin.variable === shown ? '' : `, ${origin.variable}`})`;
    case 'flag':
      return `${shown} (from the command line${also})`;
    case 'unset':
      return `${shown} (not set${also})`;
  }
}

function variablesOf({ env, sensitive }: Setting): string | undefined {
  return env !== undefined && sensitive === true ? `${env} or ${env}${FILE_SUFFIX}` : env;
}

/** The whole line on a value that its format refused. */
export function refusalLine(
  key: string,
  setting: Setting,
  origin: Origin,
  raw: unknown,
  { why, hint }: Refusal,
  secrets: readonly string[],
): string {
  const value = setting.sensitive === true ? 'the value (not shown)' : showValue(raw, secrets);
  const allowed = formatOf(setting.format).allowed(setting);
  // A hint may repeat the value in other words ("write STANDARD_IA"): not where part of it had to be hidden.
  const hidden = setting.sensitive !== true && typeof raw === 'string' && maskRefused(raw, secrets) !== raw;
  const advice = hint === undefined || hidden ? '' : `; ${hint}`;
  return `${keyAndOrigin(key, setting, origin)}: ${value} ${why}; allowed: ${allowed}${advice}`;
}
