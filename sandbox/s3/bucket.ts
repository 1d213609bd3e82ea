import type { ArchiveSource } from '../archive/archive-source.ts';
import type { ChecksumAlgorithm, ChecksumType } from './checksum.ts';
import type { MultipartUpload } from './multipart-upload.ts';
import type { ObjectHeaders } from './object-attributes.ts';

/** Where an object's bytes are. */
export type Blob =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'memory'; readonly bytes: Buffer }
  /** Made as it is read. */
  | { readonly kind: 'archive'; readonly source: ArchiveSource }
  /** Reads as zeros: seeded by size, or discarded on receipt. */
  | { readonly kind: 'zeros' };

export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  /** Base64, with `-<parts>` when composite. */
  readonly value: string;
}

export interface StoredObject extends ObjectHeaders {
  readonly key: string;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly versionId: string | undefined;
  readonly checksum: StoredChecksum | undefined;
  /** Bytes of each part; one for a plain PUT. */
  readonly partSizes: readonly number[];
  readonly blob: Blob;
}

/** An object, or the mark that it was deleted. */
export interface Version {
  readonly versionId: string | undefined;
  /** `undefined` for a delete marker. */
  readonly object: StoredObject | undefined;
}

/** The names, versions and uploads of one bucket; it moves no bytes. */
export class Bucket {
  readonly name: string;
  readonly created: Date;
  readonly uploads = new Map<string, MultipartUpload>();
  /** Oldest first; never empty. */
  readonly #versions = new Map<string, Version[]>();
  readonly #locks = new Map<string, Promise<unknown>>();
  #sorted: string[] | undefined;

  constructor(name: string, created: Date) {
    this.name = name;
    this.created = created;
  }

  /** The object that a plain GET means. */
  current(key: string): StoredObject | undefined {
    return this.#versions.get(key)?.at(-1)?.object;
  }

  version(key: string, versionId: string): Version | undefined {
    return this.#versions.get(key)?.find((version) => (version.versionId ?? 'null') === versionId);
  }

  /** Adds the newest version, in place of the others unless they are to be kept. @returns those replaced */
  add(key: string, version: Version, keepOlder: boolean): readonly Version[] {
    const before = this.#versions.get(key) ?? [];
    if (keepOlder) this.#versions.set(key, [...before, version]);
    else this.#versions.set(key, [version]);
    this.#sorted = undefined;
    return keepOlder ? [] : before;
  }

  /** Puts one state of an object in the place of another. */
  replace(key: string, before: StoredObject, after: StoredObject): void {
    const versions = this.#versions.get(key) ?? [];
    this.#versions.set(
      key,
      versions.map((version) => (version.object === before ? { ...version, object: after } : version)),
    );
  }

  /** Forgets one version, or all. @returns what was forgotten */
  remove(key: string, versionId?: string): readonly Version[] {
    const before = this.#versions.get(key) ?? [];
    const gone =
      versionId === undefined
        ? before
        : before.filter((version) => (version.versionId ?? 'null') === versionId);
    const left = before.filter((version) => !gone.includes(version));
    if (left.length === 0) this.#versions.delete(key);
    else this.#versions.set(key, left);
    this.#sorted = undefined;
    return gone;
  }

  /** Keys with a current object, by the bytes of their UTF-8, as S3 lists them. */
  sortedKeys(): readonly string[] {
    if (this.#sorted === undefined) {
      const keys = [...this.#versions.keys()].filter((key) => this.current(key) !== undefined);
      this.#sorted = keys.sort(compareKeys);
    }
    return this.#sorted;
  }

  /** Every version of every key. */
  *allVersions(): Generator<Version> {
    for (const versions of this.#versions.values()) yield* versions;
  }

  /** Every version of every key that begins so, by key, the newest first. */
  *versionsBelow(prefix: string): Generator<{ readonly key: string; readonly version: Version }> {
    for (const key of [...this.#versions.keys()].sort(compareKeys)) {
      if (!key.startsWith(prefix)) continue;
      for (const version of (this.#versions.get(key) ?? []).toReversed()) yield { key, version };
    }
  }

  get isEmpty(): boolean {
    return this.#versions.size === 0;
  }

  /** Runs one change of a key after the other: between its check and its deed nobody else comes. */
  async exclusive<T>(key: string, change: () => Promise<T>): Promise<T> {
    const before = this.#locks.get(key) ?? Promise.resolve();
    const mine = before.then(change, change);
    const settled = mine.catch(() => undefined);
    this.#locks.set(key, settled);
    try {
      return await mine;
    } finally {
      if (this.#locks.get(key) === settled) this.#locks.delete(key);
    }
  }
}

/** Order of the keys' UTF-8 bytes. JavaScript's own differs only where surrogates are involved. */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const SURROGATE = /[\ud800-\udfff]/;
