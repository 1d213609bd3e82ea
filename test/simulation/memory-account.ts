import { crc32 } from '../../src/integrity/crc32.ts';
import type { Backup } from '../../src/model/backup.ts';
import type { Random } from '../../src/ports/clock.ts';

export interface AccountOptions {
  /** Whether ranges are honoured, and what stands for the bytes. */
  readonly hasRanges: boolean;
  readonly hasContentTag: boolean;
  /** Milliseconds for which a new backup is not in the list. */
  readonly listLag: number;
  /** Share of backups that the source ends with `error`. */
  readonly failing: number;
  /** Manual backups that it keeps of a database. */
  readonly manualKept: number;
  /** Milliseconds that a backup takes, at most. */
  readonly longest: number;
}

/** A backup at the source, with the bytes of its archive. */
export interface HeldBackup {
  readonly id: string;
  readonly createdAt: number;
  readonly method: 'manual' | 'periodic';
  /** Whether a call of `create` made it: no person did, nor the source's own schedule. */
  readonly isOurs: boolean;
  readonly readyAt: number;
  readonly end: 'done' | 'error';
  readonly bytes: Buffer;
}

/** The state of one database at its source. */
export class MemoryAccount {
  readonly options: AccountOptions;
  readonly now: () => number;
  readonly #random: Random;
  #backups: HeldBackup[] = [];
  #count = 0;
  readonly #name: string;

  constructor(name: string, options: AccountOptions, now: () => number, random: Random) {
    this.#name = name;
    this.options = options;
    this.now = now;
    this.#random = random;
  }

  /** All that it still knows, newest first. */
  get backups(): readonly HeldBackup[] {
    return this.#backups;
  }

  get isMaking(): boolean {
    return this.#backups.some((backup) => this.statusOf(backup) === 'running');
  }

  statusOf({ readyAt, end }: HeldBackup): 'running' | 'done' | 'error' {
    return this.now() < readyAt ? 'running' : end;
  }

  listed(): Backup[] {
    const shown = this.#backups.filter(({ createdAt }) => this.now() - createdAt >= this.options.listLag);
    return shown.map((backup) => this.show(backup));
  }

  show(backup: HeldBackup): Backup {
    const status = this.statusOf(backup);
    return {
      id: backup.id,
      databaseId: `id-of-${this.#name}`,
      createdAt: new Date(backup.createdAt),
      startedAt: new Date(backup.createdAt),
      name: `backup ${backup.id}`,
      size: status === 'done' ? backup.bytes.length : null,
      status,
      type: 'postgresql',
      method: backup.method,
    };
  }

  /** @param more in place of what chance would give */
  make(method: HeldBackup['method'], isOurs: boolean, more: Partial<HeldBackup> = {}): HeldBackup {
    this.#count += 1;
    const createdAt = Math.floor(this.now());
    const took = this.#random() < 0.1 ? 100 * this.#random() : this.#duration();
    const id = `${this.#name}-${String(this.#count).padStart(6, '0')}`;
    const end = this.#random() < this.options.failing ? 'error' : 'done';
    const bytes = archiveOf(id, 1 + Math.floor(this.#random() * 120), this.#random);
    const backup = { id, createdAt, method, isOurs, readyAt: createdAt + took, end, bytes, ...more } as const;
    this.#backups = this.#forget([backup, ...this.#backups]);
    return backup;
  }

  /** Mostly seconds. */
  #duration(): number {
    return this.#random() * (this.#random() < 0.85 ? 40_000 : this.options.longest);
  }

  /** Manual ones go by their number, periodic ones with the days. */
  #forget(backups: readonly HeldBackup[]): HeldBackup[] {
    let manual = 0;
    return backups.filter(({ method, createdAt }) =>
      method === 'manual' ? ++manual <= this.options.manualKept : this.now() - createdAt < 8 * 86_400_000,
    );
  }
}

/** A gzip member of so many bytes of noise, stored as they are (RFC 1951 §3.2.4, RFC 1952 §2.3). */
export function archiveOf(text: string, size: number, random: Random): Buffer {
  const noise = Buffer.from(text.padEnd(text.length + size, String(random())));
  const bytes = Buffer.alloc(10 + 5 + noise.length + 8);
  bytes.set([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1], 0);
  bytes.writeUInt16LE(noise.length, 11);
  bytes.writeUInt16LE(~noise.length & 0xffff, 13);
  noise.copy(bytes, 15);
  bytes.writeUInt32LE(crc32(noise), 15 + noise.length);
  bytes.writeUInt32LE(noise.length, 19 + noise.length);
  return bytes;
}
