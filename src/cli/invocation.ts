import type { Shard } from './shard.ts';

export type VerbName =
  | 'daemon'
  | 'run'
  | 'list'
  | 'check'
  | 'status'
  | 'verify'
  | 'download'
  | 'restore-test'
  | 'prune';

/** What the command line asks for. */
export interface Invocation {
  readonly verb: VerbName;
  readonly configFile: string | undefined;
  readonly printConfig: boolean;
  /** Configuration given as flags, by key. */
  readonly flags: Readonly<Record<string, string>>;
  /** What the verb is given besides its options, as an archive. */
  readonly operands: readonly string[];
  /** `download` only: a file, a folder, or `-` for standard output. */
  readonly output?: string | undefined;
  /** `restore-test` only: the database that the archive is loaded into. */
  readonly into?: string | undefined;
  /** `restore-test` only: it stays. */
  readonly keep?: boolean;
  /** `restore-test` only: where the report goes. */
  readonly report?: string | undefined;
  /** `restore-test` only: parallel jobs. */
  readonly jobs?: number | undefined;
  /** `verify` only: read each byte back. */
  readonly deep: boolean;
  /** `verify` only: the share that is due now. */
  readonly due?: boolean;
  /** `verify` only: of each database, so many. */
  readonly newest?: number | undefined;
  /** Empty: all. */
  readonly databases: readonly string[];
  readonly shard: Shard | undefined;
  /** `run` only: a database with an archive made at this time or later is done. */
  readonly since?: Date | undefined;
  readonly json: boolean;
  /** `prune` only: change nothing. */
  readonly dryRun: boolean;
  /** `prune` only: also what deletes more than half of a database's archives. */
  readonly yes: boolean;
}
