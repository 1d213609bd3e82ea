import type { Manifest, Proof } from '../../../model/manifest.ts';
import type { RestoreVerdict } from '../restore-archives.ts';
import { rowsOf } from '../restore-archives.ts';

/** The report as JSON has it; the Markdown says the same. Times are ISO-8601 in UTC. */
export interface RestoreReport {
  readonly version: 1;
  readonly at: string;
  /** Version of the program. */
  readonly archiver: string;
  readonly archives: readonly ReportedArchive[];
}

export interface ReportedArchive {
  readonly database: string;
  readonly key: string;
  readonly backupId: string;
  readonly result: 'restored' | 'damaged' | 'not restored' | 'passed over';
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
  readonly begunAt: string;
  /** The recovery time of this test: from the first request to the last count. */
  readonly durationMs: number;
  /** The recovery point: how old the backup was when the test began. */
  readonly ageMs: number;
  readonly createdAt: string;
  readonly archivedAt: string | null;
  /** Bytes of the archive. */
  readonly size: number;
  readonly checksum: Manifest['checksum'] | null;
  /** Who vouched for the stored bytes when they were archived. */
  readonly proof: Proof | null;
  readonly restored: ReportedCounts | null;
}

export interface ReportedCounts {
  readonly engine: string;
  readonly dump: string;
  /** What the dump says of itself, where its form is known. */
  readonly dumpSays: unknown;
  readonly serverVersion: string;
  readonly tools: readonly string[];
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
  readonly objects: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  readonly counted: readonly { readonly name: string; readonly rows: number }[];
}

/** @param made when and by which version; `at` in milliseconds since the epoch */
export function reportOf(
  verdicts: readonly RestoreVerdict[],
  made: { at: number; version: string },
): RestoreReport {
  return { version: 1, at: iso(made.at), archiver: made.version, archives: verdicts.map(reported) };
}

function reported(verdict: RestoreVerdict): ReportedArchive {
  const { archive, manifest, begunAt, durationMs } = verdict;
  const createdAt = manifest?.createdAt ?? archive.createdAt.toISOString();
  return {
    database: archive.database,
    key: archive.key,
    backupId: archive.backupId,
    result: resultOf(verdict),
    error: verdict.ok
      ? null
      : { code: verdict.error.code, message: verdict.error.message, hint: verdict.error.hint ?? null },
    begunAt: iso(begunAt),
    durationMs,
    ageMs: Math.max(0, begunAt - Date.parse(createdAt)),
    createdAt,
    archivedAt: manifest?.archivedAt ?? null,
    size: archive.size,
    checksum: manifest?.checksum ?? null,
    proof: manifest?.proof ?? null,
    restored: verdict.ok ? countsOf(verdict) : null,
  };
}

function countsOf({ restored }: Extract<RestoreVerdict, { ok: true }>): ReportedCounts {
  const { engine, dump, says, serverVersion, tools, tables, bytes, objects, warnings } = restored;
  const counts = { tables: tables.length, rows: rowsOf(restored), bytes, objects, warnings, counted: tables };
  return { engine, dump: dump.name, dumpSays: says, serverVersion, tools, ...counts };
}

function resultOf(verdict: RestoreVerdict): ReportedArchive['result'] {
  if (verdict.ok) return 'restored';
  if (verdict.isSkipped) return 'passed over';
  return verdict.isFault ? 'damaged' : 'not restored';
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
