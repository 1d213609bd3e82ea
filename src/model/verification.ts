import type { ErrorCode } from './error-codes.ts';

/** One look at an archive, and what came of it. Times are ISO-8601 in UTC. */
export interface Inspected {
  readonly at: string;
  readonly ok: boolean;
  /** What was wrong; `null` where nothing was. */
  readonly fault: { readonly code: ErrorCode; readonly message: string } | null;
  readonly durationMs: number;
  /** Version of the program that looked. */
  readonly archiver: string;
}

/** Read back to its last byte. */
export interface ReadBackRecord extends Inspected {
  /** Bytes that were read. */
  readonly bytes: number;
  /** The files of its tar: how many, and what their own form says of each that has one. */
  readonly files: number;
  readonly dumps: readonly Readonly<Record<string, unknown>>[];
}

/** What was found when an archive was read back: content of its `….verified.json`. */
export interface Verification {
  readonly version: 1;
  readonly key: string;
  /** The checksum of the manifest that it was held against: a new archive at the key begins anew. */
  readonly checksum: string;
  readonly readBack: ReadBackRecord | null;
  readonly restored: Readonly<Record<string, unknown>> | null;
}

/** Reads a stored verification; `undefined` for anything that is none: it is only made again. */
export function parseVerification(text: string): Verification | undefined {
  try {
    const value = JSON.parse(text) as Partial<Verification>;
    if (value.version !== 1 || typeof value.key !== 'string' || typeof value.checksum !== 'string')
      return undefined;
    const { key, checksum } = value;
    const readBack = isInspected(value.readBack) ? value.readBack : null;
    const restored = isInspected(value.restored) ? value.restored : null;
    return { version: 1, key, checksum, readBack, restored };
  } catch {
    return undefined;
  }
}

function isInspected<Record>(value: Record | null | undefined): value is Record {
  if (typeof value !== 'object' || value === null) return false;
  const { at, ok } = value as Partial<Inspected>;
  return typeof at === 'string' && !Number.isNaN(Date.parse(at)) && typeof ok === 'boolean';
}
