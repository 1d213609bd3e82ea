import { createHash } from 'node:crypto';
import type { Backup } from '../../src/model/backup.ts';
import { type FailureKind, SourceError } from '../../src/model/errors.ts';
import type {
  DatabaseInfo,
  Download,
  DownloadBody,
  DownloadRange,
  SourceDatabase,
} from '../../src/ports/backup-source.ts';
import type { HeldBackup, MemoryAccount } from './memory-account.ts';
import type { Wire } from './wire.ts';

/** Bytes of a chunk. */
const CHUNK = 40;

/** One database at a source in memory: each call is one call over the wire, each chunk of a body too. */
export class MemorySource implements SourceDatabase {
  readonly serviceName = 'the simulation';
  readonly canCreate = true;
  readonly manualBackupsKept: number;
  readonly #account: MemoryAccount;
  readonly #wire: Wire;
  readonly #database: string;
  readonly #onCreated: (backup: HeldBackup) => void;

  /** @param onCreated called when the source has made a backup, whether the response comes or not */
  constructor(
    database: string,
    account: MemoryAccount,
    wire: Wire,
    onCreated: (backup: HeldBackup) => void = () => {},
  ) {
    this.#database = database;
    this.#account = account;
    this.#wire = wire;
    this.#onCreated = onCreated;
    this.manualBackupsKept = account.options.manualKept;
  }

  info(signal: AbortSignal): Promise<DatabaseInfo> {
    const info = {
      engine: 'postgresql',
      engineVersion: '16.4',
      manualBackupsKept: this.manualBackupsKept,
      notDownloadable: null,
      upkeep: null,
    };
    return this.#ask('info', () => info, signal);
  }

  list(signal: AbortSignal): Promise<Backup[]> {
    return this.#ask('list', () => this.#account.listed(), signal);
  }

  create(signal: AbortSignal): Promise<Backup | undefined> {
    const make = () => {
      if (this.#account.isMaking) throw failure('scalingo.backup_running', 'create', 'backup-in-flight');
      const made = this.#account.make('manual', true);
      this.#onCreated(made);
      return this.#account.show(made);
    };
    const call = { side: 'source', name: 'create', database: this.#database, isWork: true } as const;
    return this.#wire.call(call, make, signal, (wasSent) =>
      wasSent
        ? failure('scalingo.create_unknown', 'create', 'outcome-unknown')
        : failure('scalingo.unavailable', 'create', undefined, true),
    );
  }

  async open(backupId: string, range: DownloadRange, signal: AbortSignal): Promise<Download> {
    const download = await this.#ask('open', () => this.#response(backupId, range), signal);
    return { ...download, body: new MemoryBody(download.bytes, this.#wire, this.#database, signal) };
  }

  #response(backupId: string, { start, end }: DownloadRange): Omit<Download, 'body'> & { bytes: Buffer } {
    const found = this.#account.backups.find(({ id }) => id === backupId);
    if (found === undefined || this.#account.statusOf(found) !== 'done')
      throw failure('scalingo.not_found', 'open', 'not-found');
    if (this.#wire.chance('link refused'))
      throw failure('scalingo.link_refused', 'open', 'link-refused', true);
    const whole = found.bytes;
    const tag = createHash('md5').update(whole).digest('hex');
    const contentTag = this.#account.options.hasContentTag ? tag : null;
    const validator = contentTag ?? `since ${found.createdAt}`;
    const told = { framed: true, validator, contentTag };
    if (this.#wire.chance('error text')) {
      const bytes = Buffer.from('<Error>SlowDown</Error>');
      return { ...told, start: 0, partial: false, length: bytes.length, totalSize: bytes.length, bytes };
    }
    if (start >= whole.length) throw failure('scalingo.range_refused', 'open', 'range-refused');
    const isRange = this.#account.options.hasRanges && (start > 0 || end !== undefined);
    const bytes = isRange ? whole.subarray(start, end === undefined ? undefined : end + 1) : whole;
    const facts = { partial: isRange, length: bytes.length, totalSize: whole.length, bytes };
    return { ...told, start: isRange ? start : 0, ...facts };
  }

  #ask<Result>(name: string, effect: () => Result, signal: AbortSignal): Promise<Result> {
    return this.#wire.call({ side: 'source', name, database: this.#database }, effect, signal);
  }
}

class MemoryBody implements DownloadBody {
  readonly #bytes: Buffer;
  readonly #wire: Wire;
  readonly #database: string;
  readonly #ended = new AbortController();
  readonly #signal: AbortSignal;

  constructor(bytes: Buffer, wire: Wire, database: string, signal: AbortSignal) {
    this.#bytes = bytes;
    this.#wire = wire;
    this.#database = database;
    this.#signal = AbortSignal.any([signal, this.#ended.signal]);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    const call = { side: 'source', name: 'chunk', database: this.#database } as const;
    for (let at = 0; at < this.#bytes.length; at += CHUNK) {
      const next = () => {
        if (this.#wire.chance('cut body')) throw failure('scalingo.network', 'chunk', undefined, true);
        return this.#bytes.subarray(at, at + CHUNK);
      };
      if (this.#wire.chance('stalled body')) await stall(this.#signal);
      yield await this.#wire.call(call, next, this.#signal);
    }
  }

  destroy(error: Error = failure('scalingo.network', 'destroyed', undefined, true)): void {
    if (!this.#ended.signal.aborted) this.#ended.abort(error);
  }
}

function stall(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });
}

type Code =
  | 'scalingo.network'
  | 'scalingo.unavailable'
  | 'scalingo.not_found'
  | 'scalingo.link_refused'
  | 'scalingo.range_refused'
  | 'scalingo.backup_running'
  | 'scalingo.create_unknown';

function failure(code: Code, operation: string, kind?: FailureKind, retryable = false): SourceError {
  return new SourceError(code, `${operation}: ${kind ?? 'no response'}`, { operation, kind, retryable });
}
