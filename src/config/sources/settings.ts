import type { Value } from '../formats/reading.ts';
import { keyAndOrigin, type Origin, type Problems } from '../report/problems.ts';
import { showValue } from '../report/show-value.ts';
import type { Setting } from '../schema/setting.ts';

export interface SettingsSource {
  readonly schema: ReadonlyMap<string, Setting>;
  readonly values: ReadonlyMap<string, Value>;
  readonly problems: Problems;
  originOf(key: string): Origin;
  /** What stands before the keys in messages: empty, or `databases[2].`. */
  readonly prefix: string;
  /** Where a key is looked up that is not set here. */
  readonly general?: Settings;
}

/** The sound values of one level (the whole file, or one database), and the way to reject about them. */
export class Settings {
  readonly #source: SettingsSource;

  constructor(source: SettingsSource) {
    this.#source = source;
  }

  get(key: string): Value | undefined {
    return this.#source.values.get(key) ?? this.#source.general?.get(key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** Whether a key is set on this level and not only generally. */
  hasOwn(key: string): boolean {
    return this.#source.values.has(key);
  }

  text(key: string): string | undefined {
    const value = this.get(key);
    return value === undefined ? undefined : String(value);
  }

  number(key: string): number | undefined {
    const value = this.get(key);
    return typeof value === 'number' ? value : undefined;
  }

  flag(key: string): boolean | undefined {
    const value = this.get(key);
    return typeof value === 'boolean' ? value : undefined;
  }

  list(key: string): readonly unknown[] | undefined {
    const value = this.get(key);
    return Array.isArray(value) ? value : undefined;
  }

  /** Not set, and not set wrongly either: then that has been said. */
  lacks(key: string): boolean {
    return !this.has(key) && !this.#source.problems.concerns(this.#source.prefix + key);
  }

  /** `s3.bucket (from the environment, S3_BUCKET)`. */
  where(key: string): string {
    const { schema, originOf, prefix, general } = this.#source;
    const setting = schema.get(key);
    if (setting === undefined) return prefix + key;
    const origin = originOf(key);
    if (origin.source === 'unset' && general?.has(key) === true) return general.where(key);
    return keyAndOrigin(prefix + key, setting, origin);
  }

  /** A value as a message shows it: quoted and masked. @param otherwise shown where the key is not set */
  shown(key: string, otherwise?: string): string {
    const isSecret = this.#source.schema.get(key)?.sensitive === true;
    return isSecret
      ? 'the value (not shown)'
      : showValue(this.get(key) ?? otherwise, this.#source.problems.secrets);
  }

  /** Adds a problem with a key; `text` goes on from the key and where it was set. */
  reject(key: string, text: string): void {
    this.#source.problems.add(`${this.where(key)}: ${text}`, this.#source.prefix + key);
  }
}
