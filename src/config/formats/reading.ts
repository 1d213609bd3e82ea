import { holdsSecret } from '../report/mask.ts';

/** A value as the program uses it: milliseconds, bytes, text. */
export type Value = string | number | boolean | Readonly<Record<string, string>> | readonly unknown[];

/** What became of a raw value: the value meant, or why it cannot be taken. Neither text holds the value. */
export type Reading =
  | { readonly value: Value }
  /** `why` goes on from the value: `"4MiB" is less than 5MiB`. `hint`: what to do, where one can tell. */
  | { readonly why: string; readonly hint?: string };

/** What a setting allows of its format's values. */
export interface Limits {
  /** Least and greatest value: numbers, or sizes and durations as written. */
  readonly min?: number | string;
  readonly max?: number | string;
  /** All that is allowed, where it is a choice. */
  readonly values?: readonly string[];
}

export interface Format {
  /** What may be written, for messages and for the reference. */
  allowed(limits: Limits): string;
  /** `raw` comes from YAML (any scalar), a flag or the environment (text). Never null or undefined. */
  read(raw: unknown, limits: Limits): Reading;
}

export function refused(why: string, hint?: string): Reading {
  return hint === undefined ? { why } : { why, hint };
}

type Text = { readonly text: string } | { readonly why: string; readonly hint?: string };

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
): Format {
  return {
    allowed: () => allowed,
    read(raw) {
      const text = asText(raw);
      if ('why' in text) return text;
      if (pattern.test(text.text)) return { value: text.text };
      return refused(complaint(text.text), hint?.(text.text));
    },
  };
}

/** Why a text does not do, where that can be told from its outside. */
export function complaint(text: string): string {
  if (text === '') return 'is empty';
  if (text.trim() === '') return 'is only white space';
  if (text !== text.trim()) return 'has white space around it';
  return 'is not allowed';
}
