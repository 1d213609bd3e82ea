/** What a write says of the object besides its bytes. */
export interface ObjectHeaders {
  /** Kept as they came, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** `x-amz-meta-*` without that prefix. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly lock: ObjectLock | undefined;
}

export interface ObjectLock {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE' | undefined;
  readonly until: Date | undefined;
  readonly legalHold: boolean;
}
