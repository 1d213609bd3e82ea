import { ArchiverError, IntegrityError } from '../src/model/errors.ts';
import type { EventFields, EventName, Events } from '../src/ports/events.ts';
import { ScalingoError } from '../src/sources/scalingo/api/scalingo-error.ts';
import { S3Error } from '../src/stores/s3/client/s3-error.ts';

// What docs/events.md says of each event. The types hold it to src/ports/events.ts: each event, each level, each field.

type KeysOf<Union> = Union extends unknown ? keyof Union : never;

interface EventDescription<Name extends EventName> {
  /** What happened, by the level it is logged at. */
  readonly means: Readonly<Record<Events[Name]['level'], string>>;
  readonly fields: Readonly<Record<KeysOf<Events[Name]['fields']>, string>>;
  readonly example: EventFields<Name>;
  /** The example's message. */
  readonly msg?: string;
}

/** Fields that mean the same in every event. */
const adopted = '`true` where an object of an earlier run was proved; `way` is absent then';
const backupId = "the backup's id at Scalingo";
const key = "the archive's key in the bucket";
const bytes = 'size of the archive';
const maybeBytes = 'size of the archive; `null` where Scalingo does not state it';
const error = 'the error: `code`, `message`, `hint` and its details ([errors](errors.md))';
const status = "the backup's status at Scalingo";
const operation = 'the request, without its secrets';
const totalBytes = 'size of the archive; `null` where it is not known';
const way = '`parallel`: ranges into parts; `stream`: one stream, cut into parts';
const store = 'kind of the store';
const signal = '`SIGINT` or `SIGTERM`';
const boundMs = 'the process exits within this time';
const slot = 'the time that the schedule says';
const target = '`ping` or `webhook`';
const notification = 'what it notifies of: `run.started`, `run.completed`, `run.interrupted` or `run.failed`';
const lockedUntil = 'when the lock ends, `legal hold`, or `refused by the store`';
const holder = {
  heldBy: 'the run that holds the lease',
  host: 'its host',
  pid: 'its process',
  renewedAt: 'when it renewed the lease',
};
const totals = {
  durationMs: 'how long the run took',
  archived: 'databases of which an archive was made',
  skipped: 'databases that had nothing to archive',
  failed: 'databases that failed',
  interrupted: 'databases that a signal cut short',
  databases:
    'for each database its `status`, with `bytes` where it was archived, or `code`, `message` and `hint` where it failed',
};

/** Values of the examples. */
const RUN = { runId: '2f9f4c1e-7b0e-4d0e-9a55-0d4b1f6f2c11' } as const;
const SHOP = { ...RUN, database: 'shop-db' } as const;
const NIGHT = { database: 'shop-db' } as const;
const ID = '5b8b36104ffb090be1ac3ce1';
const KEY = `shop-db/2026-03-01T03-00-02Z_${ID}.tar.gz`;
const SIZE = 1_288_490_189;
const LIST = 'GET /api/databases/ad-1/backups';
const BUSY = new S3Error('s3.slow_down', 'GetObject .locks/shop-db.json: 503 SlowDown', {
  operation: 'GetObject .locks/shop-db.json',
  status: 503,
  retryable: true,
});
const AWAY = new S3Error(
  's3.network',
  'ListObjectsV2 archives/shop-db/: no response from https://s3.example.com after 85 ms: the connection was refused (ECONNREFUSED)',
  {
    operation: 'ListObjectsV2 archives/shop-db/',
    hint: 'Check s3.endpoint (S3_ENDPOINT), DNS, the firewall and the proxy between here and the store.',
    retryable: true,
  },
);
const HEAD = `HeadObject archives/${KEY}`;
const CUT = new S3Error(
  's3.network',
  `${HEAD}: no response from https://s3.eu-west-3.amazonaws.com after 1.2 s: the connection was cut (ECONNRESET)`,
  {
    operation: HEAD,
    hint: 'Check s3.region (S3_REGION), DNS, the firewall and the proxy between here and the store.',
    retryable: true,
  },
);
const UNAVAILABLE = new ScalingoError(
  'scalingo.unavailable',
  `${LIST} was answered 503 (Service Unavailable)`,
  {
    operation: LIST,
    status: 503,
    requestId: 'c4e0c2a1',
    retryable: true,
  },
);
const TRUNCATED = new IntegrityError(
  'archive.truncated',
  `the download of backup ${ID} ended at byte 702545920 of ${SIZE}`,
  {
    hint: 'Nothing was stored. The next run tries again.',
    details: { expectedBytes: SIZE, bytes: 702545920 },
  },
);
const BAD_MANIFEST = new ArchiverError(
  'manifest.invalid',
  `the manifest ${KEY} cannot be used: it is no JSON`,
  {
    hint: 'Restore it from an earlier version of the object.',
  },
);
const STOPPED = new ArchiverError('shutdown.signal', 'stopped by SIGTERM', {
  hint: 'The next run goes on from what is in the bucket.',
  details: { signal: 'SIGTERM' },
});
const REFUSED = new ArchiverError(
  'retention.refused',
  'the policy of shop-db is not carried out: it would delete 9 of 12 archives',
  {
    hint: 'See what would go: backup-archiver prune --dry-run. If it is meant: backup-archiver prune --yes, once; after it this policy is not refused again.',
  },
);
const DEFECT = new ArchiverError('internal.error', 'x is not a function', {
  hint: 'This is a defect in backup-archiver: please report it with this line.',
});

export const EVENT_TABLE: { readonly [Name in EventName]: EventDescription<Name> } = {
  'run.started': {
    means: { info: 'A run begins.' },
    fields: { databases: 'names of its databases' },
    example: { ...RUN, databases: ['shop-db', 'crm-db'] },
  },
  'run.completed': {
    means: {
      info: 'A run is over, and no database failed. A shard without a database says so with an empty list.',
    },
    fields: { ...totals, shard: 'the shard, where it has no database' },
    example: {
      ...RUN,
      ...{ durationMs: 184_512, archived: 1, skipped: 1, failed: 0, interrupted: 0 },
      databases: [
        { database: 'shop-db', status: 'archived', bytes: SIZE },
        { database: 'crm-db', status: 'skipped' },
      ],
    },
    msg: '1 archived, 1 skipped, 0 failed',
  },
  'run.interrupted': {
    means: {
      warn: 'A signal cut a run short, and no database failed. The next run goes on from the bucket.',
    },
    fields: totals,
    example: {
      ...RUN,
      ...{ durationMs: 184_512, archived: 1, skipped: 0, failed: 0, interrupted: 1 },
      databases: [
        { database: 'shop-db', status: 'archived', bytes: SIZE },
        { database: 'crm-db', status: 'interrupted' },
      ],
    },
    msg: '1 archived, 0 skipped, 0 failed, 1 interrupted',
  },
  'run.retried': {
    means: {
      warn: 'Scalingo or the store is away, and nothing of this database was made yet: it begins anew after a wait, for 5 minutes.',
    },
    fields: {
      error,
      attempt: 'which try failed, from 1',
      delayMs: 'the wait before the next one',
      waitedMs: 'what was waited before',
    },
    example: { ...SHOP, error: AWAY, attempt: 1, delayMs: 1500, waitedMs: 0 },
    msg: 'shop-db: nothing was made yet: beginning anew in 1.5 s',
  },
  'run.failed': {
    means: {
      error: 'A run is over, and a database failed; the others were still attempted.',
    },
    fields: {
      ...totals,
      error: 'only where a defect broke the run off: the error, in place of the other fields',
    },
    example: {
      ...RUN,
      ...{ durationMs: 184_512, archived: 1, skipped: 0, failed: 1, interrupted: 0 },
      databases: [
        { database: 'shop-db', status: 'archived', bytes: SIZE },
        {
          database: 'crm-db',
          status: 'failed',
          code: 'lock.held',
          message: 'crm-db is being worked on by run 7c1d on archiver-1',
          hint: 'Two schedules overlap, or a daemon and a CronJob do the same work.',
        },
      ],
    },
    msg: '1 archived, 0 skipped, 1 failed',
  },

  'backup.created': {
    means: { info: 'Scalingo makes a backup for this run.' },
    fields: { backupId, status },
    example: { ...SHOP, backupId: ID, status: 'scheduled' },
    msg: `backup ${ID} was created`,
  },
  'backup.adopted': {
    means: { info: 'A run takes a backup that is there already, instead of making another.' },
    fields: {
      backupId,
      status,
      reason:
        'why: `unfinished` (an upload of it was begun), `unproven` (its object has no manifest), `in-flight`, `recent`, or the code of the error that the creation met',
    },
    example: { ...SHOP, backupId: ID, status: 'done', reason: 'unfinished' },
    msg: `backup ${ID} is taken instead of making another (unfinished)`,
  },
  'backup.not_created': {
    means: { warn: 'The response to a creation was lost, and the list shows no new backup.' },
    fields: { error },
    example: {
      ...SHOP,
      error: new ScalingoError('scalingo.create_unknown', 'POST /api/databases/ad-1/backups: no response', {
        operation: 'POST /api/databases/ad-1/backups',
      }),
    },
    msg: 'no new backup shows in the list',
  },
  'backup.polled': {
    means: {
      info: 'A backup is not done yet; its status has changed.',
      debug: 'The status is the same as before.',
    },
    fields: { backupId, status, waitedMs: 'how long this run has waited for it' },
    example: { ...SHOP, backupId: ID, status: 'running', waitedMs: 15_004 },
  },
  'backup.waiting': {
    means: { info: 'Every five minutes of a wait: the backup is still not done.' },
    fields: {
      backupId,
      status,
      waitedMs: 'how long this run has waited for it',
      timeoutMs: '`backup.timeout`: how long it waits',
    },
    example: { ...SHOP, backupId: ID, status: 'running', waitedMs: 300_104, timeoutMs: 21_600_000 },
    msg: `backup ${ID} is "running" after 5m 0s: waiting for up to 6h 0m`,
  },
  'backup.poll_failed': {
    means: { warn: 'The list of backups could not be read. The wait goes on.' },
    fields: { backupId, error },
    example: { ...SHOP, backupId: ID, error: UNAVAILABLE },
    msg: 'the list cannot be read: asking again',
  },
  'backup.done': {
    means: { info: 'A backup is ready to be downloaded.' },
    fields: { backupId, bytes: maybeBytes, durationMs: 'how long this run has waited for it' },
    example: { ...SHOP, backupId: ID, bytes: SIZE, durationMs: 60_018 },
  },
  'backup.failed': {
    means: { error: 'Scalingo ended a backup without a result.' },
    fields: { backupId, status, error },
    example: {
      ...SHOP,
      backupId: ID,
      status: 'error',
      error: new ArchiverError('backup.failed', `Scalingo ended backup ${ID} with status "error"`, {
        hint: 'Scalingo gives no reason. Look at the database in its dashboard; the next run makes another.',
        details: { backupId: ID, status: 'error' },
      }),
    },
  },
  'backup.quota_near': {
    means: { warn: 'A new backup pushes out a manual one that is not in the bucket.' },
    fields: {
      backupId: 'the backup that goes',
      manual: 'manual backups at Scalingo',
      limit: 'how many Scalingo keeps',
      createdAt: 'when it was made',
    },
    example: { ...SHOP, manual: 10, limit: 10, backupId: ID, createdAt: '2026-02-19T10:12:00.000Z' },
    msg: 'Scalingo keeps 10 manual backups: making more pushes out 20260219_shop-3938, which is not in the bucket. Modes latest and mirror make none.',
  },
  'database.info_unavailable': {
    means: { warn: 'Scalingo does not say of what type the database is. The run goes on without it.' },
    fields: { error },
    example: { ...SHOP, error: UNAVAILABLE },
    msg: 'what type the database is of is not known: going on without',
  },

  'archive.started': {
    means: { info: 'The copy of a backup begins.' },
    fields: { backupId, key, bytes: maybeBytes, store },
    example: { ...SHOP, backupId: ID, key: KEY, bytes: SIZE, store: 'Scaleway' },
    msg: 'archiving 20260301030002_shop-3938',
  },
  'archive.layout': {
    means: { debug: 'How the archive is cut into parts, and why.' },
    fields: {
      backupId,
      way,
      store,
      partSize: 'bytes of every part but the last',
      parts: 'number of parts; `null` where the size is not known',
      concurrency: 'parts at once',
      because: 'why the parts have this size',
    },
    example: {
      ...SHOP,
      backupId: ID,
      way: 'parallel',
      store: 'Scaleway',
      partSize: 33_554_432,
      parts: 39,
      concurrency: 4,
      because: 'the default',
    },
    msg: 'parts of 32.0 MiB (the default), 4 at once',
  },
  'archive.resumed': {
    means: {
      info: 'The copy goes on from the parts that an earlier run stored, or `download` from the blocks that an earlier one left.',
    },
    fields: {
      backupId,
      bytes: 'size of what is there',
      parts: 'number of stored parts; absent of a download',
      totalBytes,
    },
    example: { ...SHOP, backupId: ID, bytes: 1_174_405_120, parts: 35, totalBytes: SIZE },
    msg: '1.1 GiB of 20260301030002_shop-3938 are there already',
  },
  'archive.progress': {
    means: { info: 'Every ten seconds of a copy. A terminal shows a bar instead.' },
    fields: {
      bytes: 'bytes of the archive that are through',
      totalBytes,
      percent: 'whole percent; `null` where the size is not known',
      bytesPerSecond: 'rate of the last half minute',
      etaSeconds: 'seconds that are left at this rate; `null` where that is not known',
    },
    example: {
      ...SHOP,
      bytes: 702_545_920,
      totalBytes: SIZE,
      percent: 54,
      bytesPerSecond: 70_254_592,
      etaSeconds: 9,
    },
    msg: '54% of 1.2 GiB done, 67.0 MiB/s, 9.0 s left',
  },
  'archive.progress_failed': {
    means: { error: 'A defect in the progress display. The copy goes on.' },
    fields: { error },
    example: { ...SHOP, error: DEFECT },
  },
  'archive.retried': {
    means: {
      warn: 'The download broke and goes on from there after a pause; or a part took far longer than the others, was cancelled and is sent again at once.',
    },
    fields: {
      backupId,
      bytes: 'bytes that the download has delivered; of a stuck part, its own',
      attempt: 'attempts in a row without progress; of a stuck part, how often it was cancelled',
      maxAttempts:
        'how many end the copy (`transfer.maxAttempts`); of a stuck part, how often it is cancelled at most',
      waitMs: 'the pause',
      reason: '`stuck part`, where a part is sent again because it took far longer than the others',
      error,
    },
    example: {
      ...SHOP,
      backupId: ID,
      bytes: 702_545_920,
      attempt: 1,
      maxAttempts: 8,
      waitMs: 740,
      error: TRUNCATED,
    },
    msg: 'the transfer broke at 670.0 MiB: going on from there',
  },
  'archive.unproven': {
    means: { warn: 'An object without a manifest could not be proved. The archive is made again.' },
    fields: { backupId, key },
    example: { ...SHOP, backupId: ID, key: KEY },
    msg: `${KEY} has no manifest and could not be proved: it is made again`,
  },
  'archive.completed': {
    means: { info: 'An archive is proved and has its manifest. From now on it counts.' },
    fields: {
      backupId,
      key,
      createdAt: 'when the backup was made',
      bytes,
      durationMs: 'how long the copy and the proof took',
      way,
      adopted,
      bytesPerSecond: '`bytes` by `durationMs`',
      parts: 'number of parts',
      proof: 'who vouches for the stored bytes, as the manifest says',
      checksum: 'the checksum of the archive, as the manifest says',
    },
    example: {
      ...SHOP,
      backupId: ID,
      key: KEY,
      createdAt: '2026-03-01T03:00:02.000Z',
      bytes: SIZE,
      durationMs: 18_341,
      way: 'parallel',
      bytesPerSecond: 70_251_905,
      parts: 39,
      proof: 'store-full-object',
      checksum: 'mUkLxg==',
    },
    msg: '1.2 GiB archived and proved in 18.3 s',
  },
  'archive.skipped': {
    means: { info: 'There is nothing to archive.' },
    fields: {
      reason: '`archived`: each backup has its archive; `since`: one was made since `--since`',
      since: 'the time of `--since`',
      archivedAt: 'when that archive was made',
      key,
      backupId,
    },
    example: { ...SHOP, reason: 'archived' },
    msg: 'everything there is has been archived already',
  },
  'archive.passed_over': {
    means: {
      error: 'One backup of several cannot be archived. The run does the others, and fails in the end.',
    },
    fields: { backupId, error },
    example: { ...SHOP, backupId: ID, error: TRUNCATED },
    msg: `backup ${ID} cannot be archived: on to the others`,
  },
  'archive.failed': {
    means: { error: 'The run of a database failed.' },
    fields: { error },
    example: { ...SHOP, error: TRUNCATED },
    msg: `shop-db: ${TRUNCATED.message}`,
  },
  'archive.interrupted': {
    means: { warn: 'A signal cut the run of a database short. The next run goes on from the bucket.' },
    fields: { error },
    example: { ...SHOP, error: STOPPED },
    msg: 'shop-db was cut short',
  },
  'archive.suspicious': {
    means: {
      warn: 'The newest archive is far smaller than those before it (`alarm.sizeDrop`). Retention of the database deletes nothing until that is usual.',
    },
    fields: { backupId, key, bytes, medianBytes: 'the median of up to seven archives before it' },
    example: { ...SHOP, backupId: ID, key: KEY, bytes: 41_943_040, medianBytes: SIZE },
    msg: 'shop-db: the newest archive has 40.0 MiB, those before it 1.2 GiB: retention deletes nothing until that is usual, or `prune --yes` says so',
  },
  'archive.downloaded': {
    means: { info: '`download` has brought an archive back, whole, with the checksum of its manifest.' },
    fields: {
      backupId,
      key,
      bytes,
      durationMs: 'how long it took',
      output: 'the file; `-`: standard output',
      checksum: 'its checksum, base64',
    },
    example: {
      database: 'shop-db',
      backupId: ID,
      key: KEY,
      bytes: SIZE,
      durationMs: 14_200,
      output: 'shop-db.tar.gz',
      checksum: 'k5Op8WtWPqY=',
    },
    msg: 'shop-db.tar.gz is whole: 1.2 GiB in 14.2 s',
  },
  'archive.verified': {
    means: { info: '`verify` found an archive as its manifest says; with `deep`, by reading every byte.' },
    fields: {
      backupId,
      key,
      bytes,
      durationMs: 'how long it took',
      deep: 'whether every byte was read back',
      files: 'files in its tar; only with `deep`',
      dumps: 'what each dump says of itself: `format`, and its counts; only with `deep`',
    },
    example: {
      database: 'shop-db',
      backupId: ID,
      key: KEY,
      bytes: SIZE,
      durationMs: 9_300,
      deep: true,
      files: 1,
      dumps: [{ format: 'postgresql', entries: 212, tables: 41, serverVersion: '15.4', dumpVersion: '15.4' }],
    },
    msg: `${KEY} was read back, and is whole`,
  },
  'verify.started': {
    means: { info: 'A slot of `verify.cron` has begun: so many archives are due to be read back.' },
    fields: {
      archives: 'how many are due',
      bytes: 'of those',
      ofArchives: 'how many there are',
      ofBytes: 'of all',
      slot: 'whose share it is',
    },
    example: {
      ...RUN,
      trigger: 'verify',
      archives: 3,
      bytes: 3_865_470_567,
      ofArchives: 87,
      ofBytes: 112_098_646_443,
      slot: '2026-03-01T05:00:00.000Z',
    },
    msg: 'archives that are due to be read back: 3 of 87',
  },
  'verify.completed': {
    means: {
      info: 'The share of a slot was read back, and is whole.',
      error:
        'Of the share of a slot some archives are damaged, could not be read, or what was found could not be written down: `verify.failed` and `verify.not_noted` name them.',
    },
    fields: {
      durationMs: 'how long it took',
      archives: 'how many were due',
      whole: 'how many are whole, or were deleted meanwhile',
      damaged: 'how many are wrong',
      unread: 'how many could not be read: they are due again',
      unnoted: 'of how many the result could not be written beside the archive: they are due again',
    },
    example: {
      ...RUN,
      trigger: 'verify',
      archives: 3,
      whole: 2,
      damaged: 1,
      unread: 0,
      unnoted: 0,
      durationMs: 31_400,
    },
    msg: 'archives read back: 3, 1 damaged, 0 could not be read',
  },
  'verify.failed': {
    means: {
      error:
        '`verify` found an archive wrong, or could not look at it; without `key`: the archives that are due could not be listed.',
    },
    fields: { backupId, key, error, deep: 'whether every byte was to be read' },
    example: {
      database: 'shop-db',
      backupId: ID,
      key: KEY,
      deep: true,
      error: new IntegrityError('archive.damaged', `${KEY}: does not unpack: incorrect data check`),
    },
    msg: `${KEY}: does not unpack: incorrect data check`,
  },
  'verify.not_noted': {
    means: { warn: 'What `verify` found cannot be written beside the archive: the keys may only read.' },
    fields: { error, key },
    example: {
      database: 'shop-db',
      key: KEY,
      error: new S3Error('s3.forbidden', `PutObject archives/${KEY}: 403 AccessDenied`, {
        operation: `PutObject archives/${KEY}`,
        status: 403,
      }),
    },
    msg: `${KEY}: what was found cannot be written beside it`,
  },
  'restore.tested': {
    means: { info: '`restore-test` has restored an archive, and counted what came out.' },
    fields: {
      backupId,
      key,
      bytes: 'of the restored database on its server',
      durationMs: 'how long it took, from the first request to the last count',
      engine: '`postgresql` or `mysql`',
      tables: 'how many tables there are',
      rows: 'rows of all tables',
      warnings: 'what a restore to another server always shows, such as roles that are not there',
      kept: 'whether the database stays (`--into URL --keep`)',
    },
    example: {
      database: 'shop-db',
      backupId: ID,
      key: KEY,
      bytes: 4_812_963_211,
      durationMs: 312_400,
      engine: 'postgresql',
      tables: 41,
      rows: 18_201_994,
      warnings: [],
      kept: false,
    },
    msg: `${KEY} was restored: 41 tables, 18201994 rows`,
  },
  'restore.failed': {
    means: {
      error:
        '`restore-test`, or the daemon by `restoreTest.cron`, could not restore an archive; the error says whether the archive is at fault. Without `key`: the archives could not be listed.',
    },
    fields: { backupId, key, error, durationMs: 'how long it took' },
    example: {
      database: 'shop-db',
      backupId: ID,
      key: KEY,
      durationMs: 8_120,
      error: new IntegrityError('restore.damaged', `${KEY}: does not restore: could not uncompress data`),
    },
    msg: `${KEY}: does not restore: could not uncompress data`,
  },
  'restore.skipped': {
    means: {
      warn: '`restore-test` passed over an archive that was not named: of an engine that it does not restore, or without a server.',
    },
    fields: { backupId, key, error },
    example: {
      database: 'shop-db',
      backupId: ID,
      key: KEY,
      error: new ArchiverError('restore.no_server', `${KEY}: there is no server to restore it to`),
    },
    msg: `${KEY}: there is no server to restore it to`,
  },
  'restore.left': {
    means: {
      warn: 'A database of a restore test could not be dropped. The next test on this server tries it again.',
    },
    fields: { error, left: 'its name' },
    example: {
      database: 'shop-db',
      left: 'archiver_restore_test_0123456789abcdef',
      error: new ArchiverError('restore.server_failed', 'PostgreSQL at db.example.com: connection refused'),
    },
    msg: 'archiver_restore_test_0123456789abcdef could not be dropped',
  },
  'archive.bad_manifest': {
    means: { error: 'A manifest cannot be read: its archive does not count. Backups go on.' },
    fields: { key, backupId, error },
    example: { ...SHOP, key: KEY, backupId: ID, error: BAD_MANIFEST },
    msg: `${KEY} does not count as proved any more`,
  },
  'archive.dangling': {
    means: { warn: 'Manifests whose archive is gone: it was not this program that deleted it.' },
    fields: { count: 'how many', keys: 'keys of the first ten' },
    example: { ...SHOP, count: 1, keys: [KEY] },
    msg: 'shop-db: 1 manifests have lost their archive',
  },
  'upload.unlisted': {
    means: {
      warn: 'The store does not list unfinished uploads, so that what a killed run leaves is neither resumed nor removed. A lifecycle rule of the bucket can abort incomplete uploads.',
    },
    fields: { store: 'what kind of store it is, as far as that is known' },
    example: { ...SHOP, store: 'unknown' },
    msg: 'the store does not list unfinished uploads: what a killed run leaves is neither resumed nor removed. Let a lifecycle rule abort incomplete uploads',
  },
  'upload.aborted': {
    means: {
      info: 'An unfinished upload that no run would finish was removed.',
      debug: 'An unfinished upload was replaced by another of the same archive.',
    },
    fields: { backupId, key, reason: 'why' },
    example: { ...SHOP, backupId: ID, key: KEY, reason: 'nothing will finish it' },
    msg: 'an unfinished upload was removed: nothing will finish it',
  },

  'retention.planned': {
    means: { info: 'What the retention policy keeps and removes, before anything is deleted.' },
    fields: {
      archives: 'number of archives',
      keep: 'how many stay',
      remove: 'how many go',
      retained: 'how many Object Lock holds that would go otherwise',
      reasons: 'how many archives each reason applies to',
    },
    example: {
      ...SHOP,
      archives: 31,
      keep: 30,
      remove: 1,
      retained: 0,
      reasons: { daily: 30, 'no rule keeps it': 1 },
    },
    msg: '30 archives stay, 1 goes',
  },
  'retention.deleted': {
    means: { info: 'An archive was deleted by the policy.' },
    fields: { key, backupId, bytes },
    example: { ...SHOP, key: KEY, backupId: ID, bytes: SIZE },
    msg: `${KEY} is deleted`,
  },
  'retention.retained': {
    means: { info: 'The policy would delete it, and Object Lock holds it. That is no failure.' },
    fields: { key, lockedUntil },
    example: { ...SHOP, key: KEY, lockedUntil: '2026-06-01T00:00:00.000Z' },
    msg: `${KEY} is held by Object Lock`,
  },
  'retention.swept': {
    means: { info: 'An object of ours without a manifest, which no run would adopt, was removed.' },
    fields: { key, backupId, bytes },
    example: { ...SHOP, key: KEY, backupId: ID, bytes: SIZE },
    msg: `${KEY} had no manifest, and no run would give it one`,
  },
  'retention.bad_archive': {
    means: {
      warn: 'An archive is not what its manifest says, or has no usable manifest. It does not count as good.',
    },
    fields: {
      key,
      bytes: 'size of the object',
      expectedBytes: 'size that the manifest states',
      archivedAddonId: 'the addon that the manifest names',
      archivedBackupId: 'the backup that the manifest names',
      error,
    },
    example: { ...SHOP, key: KEY, bytes: 702_545_920, expectedBytes: SIZE },
    msg: `${KEY} is not what its manifest says: it does not count as good`,
  },
  'retention.record_failed': {
    means: {
      warn: 'The note in the bucket of the policy that was carried out last cannot be read or written.',
    },
    fields: { error },
    example: { ...SHOP, error: AWAY },
    msg: 'shop-db: that the policy was carried out cannot be noted',
  },
  'retention.refused': {
    means: { warn: '`prune --dry-run` shows a plan that would not be carried out.' },
    fields: { error },
    example: { ...SHOP, error: REFUSED },
    msg: REFUSED.message,
  },
  'retention.failed': {
    means: { error: 'The retention of a database failed. Its archive was made, and its run has failed.' },
    fields: { error },
    example: { ...SHOP, error: REFUSED },
    msg: `shop-db: ${REFUSED.message}`,
  },

  'lock.waiting': {
    means: { info: 'Another run holds the lease. This one waits for one lease time.' },
    fields: holder,
    example: { ...SHOP, heldBy: '7c1d', host: 'archiver-1', pid: 7, renewedAt: '2026-03-01T03:00:05.000Z' },
    msg: 'shop-db is locked: waiting for one lease time',
  },
  'lock.held': {
    means: { error: 'Another run works on the database. This one has failed.' },
    fields: holder,
    example: { ...SHOP, heldBy: '7c1d', host: 'archiver-1', pid: 7, renewedAt: '2026-03-01T03:00:35.000Z' },
    msg: 'shop-db is being worked on by another run',
  },
  'lock.renewal_failed': {
    means: { warn: 'The lease could not be renewed. The run tries again, and stops where it stays so.' },
    fields: { error },
    example: { ...SHOP, error: BUSY },
    msg: 'the lease could not be renewed: trying again',
  },
  'lock.release_failed': {
    means: { warn: 'The lease could not be removed after the run. It ends by itself.' },
    fields: { error },
    example: { ...SHOP, error: BUSY },
    msg: 'the lease could not be removed: it ends by itself',
  },
  'lock.no_room': {
    means: { warn: '`prune` works without a lease, because the bucket has no room for it.' },
    fields: { error },
    example: {
      ...SHOP,
      error: new S3Error('s3.full', 'PutObject .locks/shop-db.json: 507 InsufficientStorage', {
        operation: 'PutObject .locks/shop-db.json',
        status: 507,
      }),
    },
    msg: 'shop-db: the bucket has no room for a lock: pruning without',
  },

  'schedule.next': {
    means: { info: 'When the next run of a database begins.' },
    fields: { slot, startsAt: 'the slot and its jitter' },
    example: { ...NIGHT, slot: '2026-03-02T03:00:00.000Z', startsAt: '2026-03-02T03:04:10.000Z' },
    msg: 'shop-db: next run at 2026-03-02T03:04:10.000Z',
  },
  'schedule.retry': {
    means: {
      warn: 'A slot failed by what may pass (network, 5xx, a store that is away, a held lease). It is tried again.',
    },
    fields: {
      slot,
      attempt: 'how many runs of this slot have failed',
      waitMs: 'the wait: `schedule.retryAfter`, doubled each time up to 1 h',
      startsAt: 'when it is tried again',
    },
    example: {
      ...NIGHT,
      ...{ slot: '2026-03-01T03:00:00.000Z', attempt: 1, waitMs: 300_000 },
      startsAt: '2026-03-01T03:10:12.000Z',
    },
    msg: 'shop-db: what failed may pass: the slot is tried again at 2026-03-01T03:10:12.000Z',
  },
  'schedule.missed': {
    means: { info: 'A slot was missed while the daemon was down. A run makes up for it now.' },
    fields: { slot, newestArchivedAt: 'when the newest archive was made; `null` where a run only began one' },
    example: { ...NIGHT, slot: '2026-03-01T03:00:00.000Z', newestArchivedAt: '2026-02-28T03:01:12.000Z' },
    msg: 'shop-db: a slot was missed and is made up for now',
  },
  'schedule.skipped': {
    means: { warn: 'A slot has passed, and `schedule.catchUp` is off.' },
    fields: { slot },
    example: { ...NIGHT, slot: '2026-03-01T03:00:00.000Z' },
    msg: 'shop-db: the slot has passed and is not made up for',
  },
  'schedule.unknown': {
    means: { warn: 'The bucket cannot say whether a slot was missed. The daemon asks again after a minute.' },
    fields: { error },
    example: { ...NIGHT, error: AWAY },
    msg: 'shop-db: the bucket cannot say whether a slot was missed',
  },
  'schedule.clock_set_back': {
    means: { warn: 'The clock was set back. The schedule goes on from the time that it shows now.' },
    fields: { from: 'the time before', to: 'the time after' },
    example: { ...NIGHT, from: '2027-03-01T03:00:00.000Z', to: '2026-03-01T03:10:00.000Z' },
    msg: 'shop-db: the clock was set back; the schedule goes on from its time',
  },
  'schedule.ended': {
    means: { warn: 'The cron pattern has no further slot.' },
    fields: {},
    example: NIGHT,
    msg: 'shop-db: the schedule has no further slot',
  },

  'scalingo.request': {
    means: { debug: 'One request to Scalingo.' },
    fields: {
      operation,
      attempt: 'which try it is, from 1',
      durationMs: 'until the response',
      status: 'HTTP status, where there was a response',
      requestId: 'X-Request-Id: what support asks for',
      code: 'of the error, where it failed',
    },
    example: { ...SHOP, operation: LIST, attempt: 1, durationMs: 212, status: 200, requestId: 'c4e0c2a1' },
  },
  'scalingo.retried': {
    means: { warn: 'A request to Scalingo failed, and is sent again after a pause.' },
    fields: { operation, attempt: 'which try failed, from 1', delayMs: 'the pause', error },
    example: { ...SHOP, operation: LIST, attempt: 1, delayMs: 640, error: UNAVAILABLE },
  },

  's3.waiting': {
    means: {
      info: 'A request to the store has had no response for 50 s, or as long again. Of several that wait at once, one says so.',
    },
    fields: { operation, host: 'scheme and host of the store', waitedMs: 'since this try was begun' },
    example: { ...SHOP, operation: HEAD, host: 'https://s3.eu-west-3.amazonaws.com', waitedMs: 50_004 },
    msg: `no response from https://s3.eu-west-3.amazonaws.com for 50s: still waiting (${HEAD})`,
  },

  's3.retried': {
    means: { warn: 'A request to the store failed, and is sent again after a pause.' },
    fields: { operation, attempt: 'which try failed, from 1', delayMs: 'the pause', error },
    example: { ...SHOP, operation: HEAD, attempt: 1, delayMs: 38, error: CUT },
  },

  'config.unknown_variable': {
    means: {
      warn: 'A variable is set, is not read, and has almost the name of one that is. It has no effect.',
    },
    fields: { variable: 'its name, never its value', meant: 'the name that was probably meant' },
    example: { variable: 'S3_PREFX', meant: 'S3_PREFIX' },
    msg: 'S3_PREFX is set, and is not read; did you mean S3_PREFIX?',
  },
  'daemon.started': {
    means: { info: 'The daemon is up.' },
    fields: {
      version: 'of this program',
      databases: 'each database with its schedule; `jitter` in milliseconds',
    },
    example: {
      version: '0.1.0',
      databases: [
        {
          name: 'shop-db',
          cron: '0 3 * * *',
          timezone: 'UTC',
          jitter: 600_000,
          runOnStart: false,
          catchUp: true,
          retryAfter: 300_000,
        },
      ],
    },
  },
  'daemon.token_not_renewable': {
    means: { warn: 'The daemon was given a ready token, which ends after an hour.' },
    fields: { hint: 'what to do' },
    example: {
      hint: 'Give an API token instead, scalingo.apiToken (SCALINGO_API_TOKEN): its tokens are renewed.',
    },
    msg: 'the ready token lasts an hour, and a daemon for longer: its nights will fail',
  },
  'http.listening': {
    means: { info: 'Health and metrics are served.' },
    fields: { port: 'the port' },
    example: { port: 8080 },
    msg: 'health and metrics on port 8080',
  },
  'http.failed': {
    means: { error: 'A page could not be made.', warn: 'A connection to the pages could not be accepted.' },
    fields: { path: 'the page', error },
    example: { path: '/metrics', error: DEFECT },
  },
  'metrics.failed': {
    means: { error: 'A defect in what counts or notifies. The work goes on.' },
    fields: { observed: 'the event that could not be handled', error },
    example: { ...SHOP, observed: 'archive.completed', error: DEFECT },
    msg: 'an event could not be counted',
  },
  'metrics.bucket_unread': {
    means: {
      warn: 'The bucket cannot say which archive is the newest, or what was found when they were read back. The daemon asks again after a minute.',
    },
    fields: { error },
    example: { ...NIGHT, error: AWAY },
    msg: 'shop-db: the bucket cannot say how its archives are: asking again',
  },
  'notify.sent': {
    means: { debug: 'A notification was delivered.' },
    fields: { target, notification, durationMs: 'how long it took', attempts: 'tries' },
    example: { ...RUN, target: 'ping', notification: 'run.completed', durationMs: 84, attempts: 1 },
  },
  'notify.failed': {
    means: { warn: 'A notification was not delivered. The run is not affected.' },
    fields: { target, notification, durationMs: 'how long it was tried', error },
    example: {
      ...RUN,
      target: 'webhook',
      notification: 'run.completed',
      durationMs: 15_003,
      error: new ArchiverError(
        'notify.undelivered',
        'the webhook was not delivered: there was no more time',
        {
          hint: 'The run itself is not affected. Look at the receiver, and at notify.webhookUrl (NOTIFY_WEBHOOK_URL).',
          details: { attempts: 3 },
        },
      ),
    },
    msg: 'the webhook was not delivered: there was no more time',
  },
  'log.dropped': {
    means: { warn: 'Lines of this log were dropped, because its reader was too slow.' },
    fields: { lines: 'how many' },
    example: { lines: 1204 },
    msg: '1204 lines were dropped while nothing read the log',
  },

  'shutdown.started': {
    means: { info: 'A signal came. The work stops.' },
    fields: { signal, boundMs },
    example: { signal: 'SIGTERM', boundMs: 45_000 },
    msg: 'SIGTERM: stopping; the process exits within 45.0 s, on a second signal at once',
  },
  'shutdown.completed': {
    means: { info: 'All work has stopped, and all resources are released.' },
    fields: { signal, durationMs: 'how long it took' },
    example: { signal: 'SIGTERM', durationMs: 812 },
    msg: 'stopped',
  },
  'shutdown.forced': {
    means: { warn: 'A second signal came. The process exits at once.' },
    fields: { signal },
    example: { signal: 'SIGINT' },
    msg: 'SIGINT again: exiting at once',
  },
  'shutdown.timed_out': {
    means: { error: 'The work did not stop in time. The process exits with what still runs.' },
    fields: { signal, boundMs, waitingFor: 'what was not released' },
    example: { signal: 'SIGTERM', boundMs: 45_000, waitingFor: ['connections'] },
    msg: 'not stopped within 45.0 s: exiting with what still runs',
  },
  'shutdown.bound_failed': {
    means: { error: 'A defect in the bound of the shutdown.' },
    fields: { error },
    example: { error: DEFECT },
  },
  'shutdown.release_failed': {
    means: { error: 'A resource could not be released. The others still are.' },
    fields: { releaser: 'which', error },
    example: {
      releaser: 'connections',
      error: new ArchiverError('shutdown.release_timeout', '"connections" was not released within 5.0 s'),
    },
  },
  'process.stray_error': {
    means: {
      fatal: 'An error that no code caught. The process exits with 1; the next run goes on from the bucket.',
    },
    fields: { origin: '`unhandledRejection` or `uncaughtException`', error },
    example: { origin: 'unhandledRejection', error: DEFECT },
    msg: 'a promise was rejected, and no code waited for it',
  },
};
