import {
  foundWholeAt,
  isDamaged,
  isUnverified,
  type LastLooks,
  restoredAt,
} from '../../model/last-verified.ts';
import type { ListedObject } from '../../ports/archive-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventSubscriber } from '../../ports/events.ts';
import type { Metrics } from './metrics.ts';

/** An archive, and how it was when it was looked at last. */
export interface SeenArchive {
  readonly archive: ListedObject;
  readonly looks: LastLooks;
}

/** What is known of the archives of each configured database by reading them back, in numbers. */
export class VerifyMetrics {
  readonly #metrics: Metrics;
  readonly #databases: ReadonlySet<string>;
  readonly #maxAge: number | undefined;
  readonly #clock: Clock;
  readonly #lastVerified = new Map<string, number>();

  /** @param maxAge milliseconds after which an archive is unverified; `undefined`: never */
  constructor(metrics: Metrics, databases: readonly string[], maxAge: number | undefined, clock: Clock) {
    this.#metrics = metrics;
    this.#databases = new Set(databases);
    this.#maxAge = maxAge;
    this.#clock = clock;
    for (const database of databases) metrics.add('backup_archiver_verify_failures_total', { database }, 0);
  }

  readonly onEvent: EventSubscriber = ({ event, fields }) => {
    const { database } = fields;
    if (database === undefined || !this.#databases.has(database)) return;
    if (event === 'archive.verified' && fields.deep) this.#verified(database, this.#clock.now());
    if (event === 'verify.failed') {
      this.#metrics.add('backup_archiver_verify_failures_total', { database }, 1);
    }
  };

  /** @param lost how many manifests have lost their object */
  bucketShows(database: string, archives: readonly SeenArchive[], lost: number): void {
    const times = (of: (looks: LastLooks) => number | undefined) =>
      archives.reduce<number | undefined>((last, { looks }) => {
        const at = of(looks);
        return at === undefined ? last : Math.max(at, last ?? at);
      }, undefined);
    const verified = times(foundWholeAt);
    if (verified !== undefined) this.#verified(database, verified);
    const restored = times(restoredAt);
    if (restored !== undefined) {
      this.#metrics.set('backup_archiver_last_restore_test_timestamp_seconds', { database }, restored / 1000);
    }
    const damaged = archives.filter(({ looks }) => isDamaged(looks)).length;
    this.#metrics.set('backup_archiver_damaged_archives', { database }, damaged + lost);
    if (this.#maxAge === undefined) return;
    const now = this.#clock.now();
    const unverified = archives.filter((each) =>
      isUnverified(each.archive, each.looks, this.#maxAge, now),
    ).length;
    this.#metrics.set('backup_archiver_unverified_archives', { database }, unverified);
  }

  /** The bucket may have been read before the last one. */
  #verified(database: string, at: number): void {
    if (at < (this.#lastVerified.get(database) ?? 0)) return;
    this.#lastVerified.set(database, at);
    this.#metrics.set('backup_archiver_last_verification_timestamp_seconds', { database }, at / 1000);
  }
}
