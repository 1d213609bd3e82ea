import { holdsSecret } from '../../redaction/mask-text.ts';

/** A value as the program uses it: milliseconds, bytes, text. */
export type Value = string | number | boolean | Readonly<Record<string, string>> | readonly unknown[];

/** What became of a raw value: the value meant, or why it cannot be taken. Neither text holds the value. */
export type Reading<T extends Value = Value> = { readonly value: T } | Refusal;

export interface Refusal {
  /** Goes on from the value: `"4MiB" is less than 5MiB`. */
  readonly why: string;
  /** What to do, where one can tell. */
  readonly hint?: string;
}

/** What a setting allows of its format's values. */
export interface Limits {
  /** Least and greatest value: numbers, or sizes and durations as written. */
  readonly min?: number | string;
  readonly max?: number | string;
  /** All that is allowed, where it is a choice. */
  readonly values?: readonly string[];
}

/** How a setting is written, checked and used. `T`: what the program uses. */
export interface Format<T extends Value = Value> {
  /** What may be written, for messages and for the reference. */
  allowed(limits: Limits): string;
  /** `raw` comes from YAML (any scalar), a flag or the environment (text). Never null or undefined. */
  read(raw: unknown, limits: Limits): Reading<T>;
  /** The value in effect, where it differs from the one read; `undefined`: as if it were not set. */
  effective?(value: T, cwd: string): T | undefined;
  /** The value as the configuration is written, where it differs from the one in effect. */
  write?(value: T): string;
  /** How a database says that it has no value where there is one generally. */
  readonly none?: string;
  /** Of a secret: every text that gives it away, itself included. Without: itself alone. */
  secretForms?(value: T): readonly string[];
}

export function refused(why: string, hint?: string): Refusal {
  return hint === undefined ? { why } : { why, hint };
}

type Text = { readonly text: string } | Refusal;

/** Text, or why the raw value is none. YAML reads `0123` as 123 and `1.10` as 1.1: too late to repair. */
export function asSecretText(raw: unknown): Text {
  if (typeof raw === 'string') return { text: raw };
  if (typeof raw === 'number') return { why: 'is a number', hint: 'put it in quotes' };
  if (typeof raw === 'boolean') return { why: 'is true or false, not text', hint: 'put it in quotes' };
  return { why: 'is not a single value' };
}

/** Text that is shown and stored in the open: a token in it got there by mistake, and is refused. */
export function asText(raw: unknown): Text {
  const text = asSecretText(raw);
  return 'text' in text && holdsSecret(text.text) ? { why: 'holds what looks like a secret' } : text;
}

/** A format for text that one pattern describes. */
export function patterned(
  allowed: string,
  pattern: RegExp,
  hint?: (text: string) => string | undefined,
): Format<string> {
  return {
    allowed: () => allowed,
    read(raw) {
      const text = asText(raw);
      if ('why' in text) return text;
      if (pattern.test(text.text)) return { value: text.text };
      return refused(describeRefusal(text.text), hint?.(text.text));
    },
  };
}

/** Why a text does not do, where its form shows it. */
export function describeRefusal(text: string): string {
  if (text === '') return 'is empty';
  if (text.trim() === '') return 'is only white space';
  if (text !== text.trim()) return 'has white space around it';
  return 'is not allowed';
}
