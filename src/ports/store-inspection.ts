import type { ArchiveIdentity } from '../model/archive-key.ts';

/** A setting of a bucket; `unknown`: why the store did not say. */
export type Shown<T> =
  | { readonly value: T; readonly unknown?: undefined; readonly hint?: undefined }
  | {
      readonly unknown: 'forbidden' | 'unsupported' | 'failed';
      /** What a person can do to have it shown, or what went wrong. */
      readonly hint?: string | undefined;
      readonly value?: undefined;
    };

/** What a bucket is set to do of its own accord. */
export interface BucketSettings {
  /** Whether what is deleted or overwritten stays as an older version. */
  readonly versioning: Shown<'on' | 'suspended' | 'off'>;
  readonly objectLock: Shown<ObjectLockSetting>;
  readonly lifecycle: Shown<readonly LifecycleRule[]>;
}

export interface ObjectLockSetting {
  readonly enabled: boolean;
  /** How long whatever comes in is locked, as a sentence has it (`30 days`); absent: it is not. */
  readonly byDefault?: string | undefined;
}

/** An enabled rule by which the store deletes or moves objects. */
export interface LifecycleRule {
  /** Its name, or its place in the list. */
  readonly name: string;
  /** Of the keys that it applies to; empty: all. */
  readonly prefix: string;
  /** Absent: it applies to all of these. Else to those that have all these tags, and, with `bySize`, a certain size. */
  readonly narrowedTo?:
    | { readonly tags: Readonly<Record<string, string>>; readonly bySize: boolean }
    | undefined;
  /** When it deletes objects: `after 30 days`, `on 2027-01-01`. */
  readonly deletes?: string | undefined;
  /** When it removes older versions. */
  readonly removesOldVersions?: string | undefined;
  /** When it aborts unfinished uploads. */
  readonly abortsUploads?: string | undefined;
  /** Other storage classes that it moves objects to; some have to be restored before they can be read. */
  readonly moves: readonly { readonly to: string; readonly when: string; readonly isCold: boolean }[];
}

/** What `check` asks of a store, besides what a run does. Requests are bounded in time; errors are `StoreError`s. */
export interface StoreInspection {
  /** Where the archives go: bucket, prefix and server. */
  readonly address: string;
  /** Milliseconds by which the store's clock is ahead of ours, by its last response; `undefined`: none has shown it. */
  readonly clockOffset: number | undefined;
  settings(signal: AbortSignal): Promise<BucketSettings>;
  /**
   * Takes an object of `check` away, its older versions too. One that is not there needs the same right.
   * @returns what stays of it, and why; `undefined`: nothing
   * @throws StoreError where the deletion is refused
   */
  erase(object: CheckObject, signal: AbortSignal): Promise<string | undefined>;
  /**
   * Whether the versions of such an object, which is not there yet, could be taken away. Leaves none itself.
   * @returns why they could not; `undefined`: they could
   * @throws StoreError where the store gives no response
   */
  whyVersionsStay(object: CheckObject, signal: AbortSignal): Promise<string | undefined>;
}

/** What `check` writes: an object where archives are, or the lease of a database. */
export type CheckObject = { readonly archive: ArchiveIdentity } | { readonly lease: string };
