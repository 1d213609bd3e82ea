import type { ErrorCode } from './error-codes.ts';
import type { RestorableEngine } from './server-url.ts';

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

/** Restored by the engine's own tools. */
export interface RestoredRecord extends Inspected {
  /** `null` where its form was not known. */
  readonly engine: RestorableEngine | null;
  /** The server that it was restored to, and the tools: versions, as they say them. */
  readonly serverVersion: string | null;
  readonly tools: readonly string[];
  /** Tables, and their rows, each counted. */
  readonly tables: number;
  readonly rows: number;
  /** Other objects, by kind. */
  readonly objects: Readonly<Record<string, number>>;
  /** Bytes of the database on its server. */
  readonly bytes: number;
  /** What a restore to another server always shows, such as roles that are not there. */
  readonly warnings: readonly string[];
}

/** What was found when an archive was read back: content of its `….verified.json`. */
export interface Verification {
  readonly version: 1;
  readonly key: string;
  /** The checksum of the manifest that it was held against: a new archive at the key begins anew. */
  readonly checksum: string;
  readonly readBack: ReadBackRecord | null;
  readonly restored: RestoredRecord | null;
}

/**
 * What is kept of an earlier look at an archive: nothing where it was at other bytes, or at an object that lay at its key before.
 * @param storedAt when the archive's object was stored
 */
export function keptOf<Kind extends 'readBack' | 'restored'>(
  before: Verification | undefined,
  kind: Kind,
  { checksum, storedAt }: { readonly checksum: string; readonly storedAt: Date },
): Verification[Kind] | null {
  const look = before?.checksum === checksum ? before[kind] : null;
  return look !== null && Date.parse(look.at) >= storedAt.getTime() ? look : null;
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

function isInspected<Found extends Inspected>(value: Found | null | undefined): value is Found {
  if (typeof value !== 'object' || value === null) return false;
  const { at, ok } = value as Partial<Inspected>;
  return typeof at === 'string' && !Number.isNaN(Date.parse(at)) && typeof ok === 'boolean';
}
