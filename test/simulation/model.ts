import { crc32, encodeCrc32 } from '../../src/integrity/crc32.ts';
import { type ArchiveIdentity, archiveKey } from '../../src/model/archive-key.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { LEASE_TIME, type LeaseRecord } from '../../src/ports/lease.ts';
import { hasRules } from '../../src/retention/retention-policy.ts';
import type { Outcome } from '../../src/run/run-all.ts';
import type { HeldBackup } from './memory-account.ts';
import type { BucketWatch, HeldLease } from './memory-bucket.ts';
import { keptBy } from './oracle.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { PortCall } from './wire.ts';
import type { SimulatedDatabase, World } from './world.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;

/** One run of one database, as the model sees it. */
export interface RunFacts {
  readonly id: string;
  readonly process: SimulatedProcess;
  readonly database: SimulatedDatabase;
  readonly startedAt: number;
  readonly since: Date | undefined;
  readonly disturbancesBefore: number;
  readonly created: HeldBackup[];
  /** Backups that were done when it began. */
  readonly doneBefore: ReadonlySet<string>;
  manifests: number;
  /** Its newest listing contradicted itself. */
  hasDoubt: boolean;
  /** What its clock showed when it listed the archives last. */
  listedAt: number;
  isOver: boolean;
  /** When another began to work on its database. */
  displacedAt: number | undefined;
}

/** What must hold, worked out from what the sides have and not from what the program says of it. */
export class Model implements BucketWatch {
  readonly #world: World;
  /** The run whose call takes effect just now. */
  #acting: RunFacts | undefined;
  /** Who worked on a database last. */
  readonly #workers = new Map<string, RunFacts>();
  readonly #runs = new Map<string, RunFacts>();
  /** Keys whose manifest retention has deleted. */
  readonly #deleted = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  begin(
    id: string,
    process: SimulatedProcess,
    database: SimulatedDatabase,
    since: Date | undefined,
  ): RunFacts {
    const { account } = database;
    const done = account.backups.filter((backup) => account.statusOf(backup) === 'done');
    const run: RunFacts = {
      ...{ id, process, database, since },
      startedAt: this.#world.time.now,
      disturbancesBefore: this.#world.disturbances,
      created: [],
      doneBefore: new Set(done.map((backup) => backup.id)),
      manifests: 0,
      hasDoubt: false,
      listedAt: 0,
      isOver: false,
      displacedAt: undefined,
    };
    this.#runs.set(id + database.name, run);
    return run;
  }

  /** Lets a call take effect. */
  during<Result>(run: RunFacts | undefined, call: PortCall, issuedAt: number, effect: () => Result): Result {
    if (run !== undefined && call.isWork === true) this.#work(run, call, issuedAt);
    if (run !== undefined && call.name === 'list' && call.side === 'store')
      run.listedAt = run.process.clock.now();
    this.#acting = run;
    try {
      return effect();
    } finally {
      this.#acting = undefined;
    }
  }

  /** Leases are exclusive: who was followed by another does not go on. */
  #work(run: RunFacts, { name }: PortCall, issuedAt: number): void {
    const { name: database } = run.database;
    const last = this.#workers.get(database);
    if (run.displacedAt !== undefined) {
      if (run.process.isAlive && issuedAt > run.displacedAt)
        this.#world.fail(`exclusive: ${run.id} calls ${name} although another works on ${database}`);
      return;
    }
    if (last === run) return;
    if (last !== undefined && !last.isOver) last.displacedAt ??= this.#world.time.now;
    this.#workers.set(database, run);
  }

  manifestWritten(key: string, { backupId, size, checksum, database }: Manifest): void {
    const { bucket } = this.#world;
    const object = bucket.objects.get(key);
    const truth = this.#world.bytesOf(backupId);
    if (object === undefined) this.#world.fail(`lost: the manifest of ${key} is written before its object`);
    else if (truth === undefined || !object.bytes.equals(truth))
      this.#world.fail(`lost: ${key} has a manifest, and not the bytes that the source has`);
    if (truth !== undefined && size !== truth.length)
      this.#world.fail(`lost: the manifest of ${key} has a wrong size`);
    if (
      truth !== undefined &&
      checksum.kind === 'full-object' &&
      checksum.value !== encodeCrc32(crc32(truth))
    )
      this.#world.fail(`lost: the manifest of ${key} has a wrong checksum`);
    for (const [other, { archive }] of bucket.manifests)
      if (archive.backupId === backupId && other !== key)
        this.#world.fail(`doubled: ${backupId} of ${database} is archived as ${other} and as ${key}`);
    if (this.#acting !== undefined) this.#acting.manifests += 1;
  }

  manifestDeleted(key: string): void {
    const run = this.#acting;
    const archives = this.#archives(run?.database.name ?? '');
    const deleted = archives.find((archive) => archiveKey('', archive) === key);
    if (run === undefined || deleted === undefined) return;
    const { policy, mode } = run.database;
    // The clock may have been set since the plan was made: what it shows now says less than what it showed then.
    const isKept = [run.listedAt, run.process.clock.now()].every((now) =>
      keptBy(archives, policy, now).has(deleted.backupId),
    );
    if (!hasRules(policy) || isKept) this.#world.fail(`lost: ${key} is deleted, which the policy keeps`);
    if (run.hasDoubt) this.#world.fail(`lost: ${key} is deleted by a listing that contradicted itself`);
    if (mode === 'create' && run.since === undefined && run.manifests === 0)
      this.#world.fail(`lost: ${key} is deleted by a run that has archived nothing`);
    this.#deleted.add(key);
  }

  objectPut(key: string): void {
    if (this.#world.bucket.manifests.has(key))
      this.#world.fail(`lost: ${key} is overwritten although it is proved`);
  }

  objectDeleted(key: string): void {
    const { bucket, time } = this.#world;
    if (bucket.manifests.has(key)) this.#world.fail(`lost: ${key} is deleted before its manifest`);
    const age = time.now - (bucket.objects.get(key)?.lastModified ?? 0);
    if (!this.#deleted.has(key) && age < DAY - 10 * MINUTE)
      this.#world.fail(`lost: ${key} is swept, and a run may be about to prove it`);
  }

  uploadBegun({ database, backupId }: ArchiveIdentity): void {
    const before = [...this.#world.bucket.uploads.values()].filter(
      ({ archive }) => archive.backupId === backupId,
    );
    if (before.length > 2)
      this.#world.fail(`leaked: ${backupId} of ${database} has ${before.length + 1} unfinished uploads`);
  }

  leaseWritten(database: string, record: LeaseRecord, before: HeldLease | undefined): void {
    if (before === undefined || before.record.holder === record.holder) return;
    const holder = this.#runs.get(before.record.holder + database);
    if (holder === undefined || holder.isOver || !holder.process.isAlive) return;
    if (this.#world.time.now - before.writtenAt < LEASE_TIME)
      this.#world.fail(`exclusive: ${record.holder} takes the living lease of ${holder.id}`);
  }

  leaseRemoved(database: string, before: HeldLease | undefined): void {
    const run = this.#acting;
    if (before === undefined || run === undefined || before.record.holder === run.id) return;
    if (run.process.isAlive)
      this.#world.fail(`exclusive: ${run.id} removes the lease of ${before.record.holder} on ${database}`);
  }

  /** A run has had a backup made: there must have been a need for it. */
  backupCreated(run: RunFacts, made: HeldBackup): void {
    const { account, policy, reuseWithin, name } = run.database;
    const sound = run.created.filter((backup) => backup.end === 'done');
    if (sound.length > 0) this.#world.fail(`doubled: ${run.id} has a second backup made of ${name}`);
    run.created.push(made);
    const { bucket, time } = this.#world;
    const { archives, unproven } = bucket.list(name);
    const archived = new Set(archives.map(({ backupId }) => backupId));
    const waiting = account.backups.filter(
      (backup) => backup !== made && account.statusOf(backup) === 'done' && !archived.has(backup.id),
    );
    const dated = waiting.map(({ id, createdAt }) => ({ backupId: id, createdAt: new Date(createdAt) }));
    const kept = keptBy([...archives, ...dated], policy, run.process.clock.now());
    const uploads = new Set(bucket.uploadsOf(name).map(({ backupId }) => backupId));
    const objects = new Set(unproven.map(({ backupId }) => backupId));
    for (const { id, createdAt } of waiting) {
      if (!run.doneBefore.has(id) || !kept.has(id)) continue;
      // By its own clock as well: one that was set forward makes a backup older than it is.
      const now = Math.max(time.now, run.process.clock.now());
      const isRecent = now - createdAt <= reuseWithin - 5 * MINUTE;
      const why = uploads.has(id)
        ? 'has an upload'
        : objects.has(id)
          ? 'has an object'
          : isRecent
            ? 'is recent'
            : '';
      if (why !== '') this.#world.fail(`doubled: a backup of ${name} is made although ${id} ${why}`);
    }
  }

  /** A run has come to its end by itself. */
  end(run: RunFacts, outcome: Outcome | undefined): void {
    run.isOver = true;
    const { disturbances, lastDisturbed } = this.#world;
    const isUndisturbed =
      disturbances === run.disturbancesBefore &&
      run.startedAt - lastDisturbed > 2 * MINUTE &&
      run.process.isAlive;
    if (!isUndisturbed || outcome === undefined || run.displacedAt !== undefined) return;
    this.#world.undisturbed += 1;
    if (outcome.status === 'failed') this.#checkFailure(run, outcome.error.code, outcome.error.message);
    else if (outcome.status !== 'interrupted') this.#checkSuccess(run, outcome);
  }

  #checkFailure(run: RunFacts, code: string, message: string): void {
    const { name, account, mode, policy } = run.database;
    const { bucket, time } = this.#world;
    const isAllowed = (() => {
      switch (code) {
        case 'lock.held': {
          const lease = bucket.leases.get(name);
          return lease === undefined || time.now - lease.writtenAt < 2 * LEASE_TIME;
        }
        case 'backup.failed':
          return account.backups.some(({ end }) => end === 'error');
        case 'backup.none':
          return mode !== 'create';
        case 'retention.refused': {
          const archives = this.#archives(name);
          const kept = keptBy(archives, policy, run.process.clock.now());
          return (archives.length - kept.size) * 2 > archives.length;
        }
        default:
          return false;
      }
    })();
    if (!isAllowed) this.#world.fail(`lost: an undisturbed run of ${name} failed: ${code}: ${message}`);
  }

  #checkSuccess(run: RunFacts, { status }: Outcome): void {
    const { name, account, mode, policy } = run.database;
    const { bucket } = this.#world;
    if (mode === 'create' && run.since === undefined && status === 'skipped')
      this.#world.fail(`lost: an undisturbed run of ${name} archived nothing`);
    if (this.#workers.get(name) !== run) return;
    if (bucket.leases.get(name)?.record.holder === run.id)
      this.#world.fail(`leaked: ${run.id} has left its lease`);
    const now = run.process.clock.now();
    const archives = this.#archives(name);
    // Which stamps lie in the future was judged when the plan was made.
    const kept = keptBy(archives, policy, now);
    const keptThen = keptBy(archives, policy, run.listedAt);
    const tooMany = archives.filter(({ backupId }) => !kept.has(backupId) && !keptThen.has(backupId));
    if (tooMany.length > 0)
      this.#world.fail(
        `retention: ${tooMany.length} archives of ${name} are left that the policy does not keep`,
      );
    if (run.since !== undefined && status === 'skipped') return;
    const archived = new Set(archives.map(({ backupId }) => backupId));
    const known = new Map(account.backups.map((backup) => [backup.id, backup]));
    for (const { backupId, initiatedAt } of bucket.uploadsOf(name)) {
      const backup = known.get(backupId);
      const isOfUse = backup !== undefined && account.statusOf(backup) !== 'error' && !archived.has(backupId);
      const isNew = !run.doneBefore.has(backupId);
      if (!isOfUse || !isNew || now - +initiatedAt > 7 * DAY)
        this.#world.fail(`leaked: after an undisturbed run an upload of ${backupId} is left`);
    }
    this.#checkUnproven(run, known);
  }

  #checkUnproven(run: RunFacts, known: ReadonlyMap<string, HeldBackup>): void {
    const { name, policy } = run.database;
    const { archives, unproven } = this.#world.bucket.list(name);
    const now = run.process.clock.now();
    const kept = keptBy([...archives, ...unproven], policy, now);
    for (const { backupId, lastModified } of unproven) {
      const isAdoptable = known.has(backupId) && kept.has(backupId);
      if (isAdoptable)
        this.#world.fail(`lost: after an undisturbed run ${backupId} is stored and not proved`);
      const isOld = now - +lastModified > DAY + 10 * MINUTE;
      if (!isAdoptable && isOld && hasRules(policy))
        this.#world.fail(`leaked: ${backupId} is stored without a manifest for more than a day`);
    }
  }

  #archives(database: string): readonly ArchiveIdentity[] {
    return this.#world.bucket.list(database).archives;
  }
}
