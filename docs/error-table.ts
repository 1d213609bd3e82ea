import type { ErrorCode } from '../src/model/error-codes.ts';

// What docs/errors.md says of each code. The types hold it to src/model/error-codes.ts.

interface ErrorDescription {
  readonly means: string;
  /** What a person can do. */
  readonly remedy: string;
  /** Exit codes of a process that ends by it; absent where it ends none. */
  readonly exit?: '1' | '2' | '130, 143';
  /** A message of it. */
  readonly example: string;
}

const NEXT_RUN = 'Nothing: the next run tries again.';
const OUR_STORE =
  'Look at what stands between this program and the store (`s3.endpoint`): a proxy, a cache, a login page.';
const ID = '5b8b36104ffb090be1ac3ce1';
const KEY = `shop-db/2026-03-01T03-00-02Z_${ID}.tar.gz`;

export const ERROR_TABLE: Readonly<Record<ErrorCode, ErrorDescription>> = {
  'archive.checksum_mismatch': {
    means: 'The stored bytes are not those that were read. The archive has no manifest.',
    remedy: `${NEXT_RUN} If it stays, the network or the store damages bytes.`,
    exit: '1',
    example: `${KEY}: the store has another checksum than what was sent`,
  },
  'archive.damaged': {
    means: 'The stored archive does not unpack. It has no manifest.',
    remedy: `${NEXT_RUN} The source was replaced in the middle of the copy, or the store damaged the bytes.`,
    exit: '1',
    example: `${KEY} does not unpack: incorrect data check`,
  },
  'archive.empty': {
    means: 'The download has no byte.',
    remedy: `${NEXT_RUN} If it stays, ask Scalingo's support.`,
    exit: '1',
    example: `the download of backup ${ID} has no byte`,
  },
  'archive.foreign_addon': {
    means: 'The archives of this name in the bucket are of another addon.',
    remedy: 'Give one of the two databases another name, or another `s3.prefix`.',
    exit: '1',
    example: 'the archives named shop-db are of ad-1, the configuration says ad-2',
  },
  'archive.foreign_manifest': {
    means: 'The manifest beside an archive is the one of another.',
    remedy: 'Restore the manifest from an earlier version of its object.',
    exit: '1',
    example: `${KEY}: its manifest is the one of shop-db/2026-02-01T03-00-02Z_1.tar.gz`,
  },
  'archive.missing': {
    means: 'The object of an archive is gone, and its manifest is still there.',
    remedy: 'Look at the older versions of the object. It was not deleted by this program.',
    exit: '1',
    example: `${KEY}: its object is gone`,
  },
  'archive.not_found': {
    means: 'The bucket has no archive of this key, id, name or time.',
    remedy: '`list` shows what there is. An archive without a manifest does not count.',
    exit: '1',
    example:
      'there is no archive shop-db@2020-01-01: the oldest archive of shop-db is of 2026-03-01T03:00:02.000Z',
  },
  'archive.not_gzip': {
    means: 'The download does not begin as gzip does: it is an error text with status 200.',
    remedy: `${NEXT_RUN} The message quotes the text.`,
    exit: '1',
    example: `the download of backup ${ID} is no archive: "<?xml version="`,
  },
  'archive.size_mismatch': {
    means:
      'The download has another size than the API states, or the stored object another than what was sent.',
    remedy: 'If Scalingo confirms the size of the download, set `transfer.verifySize` to false.',
    exit: '1',
    example: `backup ${ID} should have 14 bytes, its download has 12`,
  },
  'archive.source_changed': {
    means: 'The source gave another archive than before, in the middle of the copy.',
    remedy: NEXT_RUN,
    exit: '1',
    example: `backup ${ID} is not the same archive as before: its ETag is another`,
  },
  'archive.source_failed': {
    means: 'The download broke `transfer.maxAttempts` times in a row without progress.',
    remedy: `${NEXT_RUN} If it stays, give Scalingo's support the request id.`,
    exit: '1',
    example: 'gave up after 8 attempts in a row without progress at byte 702545920: the connection was cut',
  },
  'archive.stalled': {
    means:
      'The download gave no byte for `transfer.stallTimeout`, or less than 1 KiB a second; or a part of a copy took far longer than the others (then it is only logged, and the part is sent again).',
    remedy: `${NEXT_RUN} On a slow line raise \`transfer.stallTimeout\`.`,
    exit: '1',
    example: `the download of backup ${ID} gave no byte for 60.0 s`,
  },
  'archive.too_long': {
    means: 'The download goes on after its last byte.',
    remedy: `${NEXT_RUN} If it stays, the size that Scalingo states is wrong.`,
    exit: '1',
    example: `the download of backup ${ID} goes on after byte 14, where it should end`,
  },
  'archive.truncated': {
    means: 'The download ended before its last byte.',
    remedy: NEXT_RUN,
    exit: '1',
    example: `the download of backup ${ID} ended at byte 12 of 14`,
  },
  'archive.unframed': {
    means: 'Neither the API nor the download says how long the archive is.',
    remedy: 'Set `transfer.verifySize` to true.',
    exit: '1',
    example: `the download of backup ${ID} does not say how long it is`,
  },
  'archive.unproven': {
    means: 'Nothing that the store says proves the stored bytes. The archive has no manifest.',
    remedy: `${NEXT_RUN} If it stays, set another \`s3.checksum\` ([stores](stores.md#checksums)).`,
    exit: '1',
    example: `${KEY} could not be proved`,
  },
  'archive.unusable_key': {
    means: 'The backup would get a key that cannot be read back, or one that is too long.',
    remedy: 'Shorten `s3.prefix` or the name of the database.',
    exit: '1',
    example: `backup ${ID} of shop-db cannot be archived: its key would be longer than 1024 bytes`,
  },

  'backup.failed': {
    means: 'Scalingo ended the backup with `error` or `cancelled`.',
    remedy: 'Look at the database in its dashboard. The next run makes another.',
    exit: '1',
    example: `Scalingo ended backup ${ID} with status "error"`,
  },
  'backup.none': {
    means: 'Mode `latest` or `mirror`, and Scalingo lists no finished backup.',
    remedy: 'Turn on periodic backups at Scalingo, or use `backup.mode` create.',
    exit: '1',
    example: 'Scalingo lists no finished backup of shop-db',
  },
  'backup.timeout': {
    means: 'The backup was not done within `backup.timeout`.',
    remedy: 'The next run takes it up again. Raise `backup.timeout` if this database needs longer.',
    exit: '1',
    example: `backup ${ID} is still "running" after 6h`,
  },
  'backup.vanished': {
    means: 'The backup is no longer in the list: it was deleted, or newer manual backups pushed it out.',
    remedy: NEXT_RUN,
    exit: '1',
    example: `backup ${ID} is no longer in the list`,
  },

  'config.invalid': {
    means: 'The configuration cannot be used. Each mistake has its line; nothing was attempted.',
    remedy: 'Correct it. `--print-config` shows what is in effect.',
    exit: '2',
    example: 'the configuration has one problem:',
  },
  'database.not_downloadable': {
    means: 'Scalingo does not hand out the backups of this type of database.',
    remedy: 'Remove the database from the configuration.',
    exit: '1',
    example:
      'shop-search is of type elasticsearch: Scalingo does not let Elasticsearch backups be downloaded.',
  },
  'download.disk': {
    means: 'The disk has no room for the archive, or the file cannot be written.',
    remedy: 'Make room or correct the path, and give the same command again: it goes on from what is there.',
    exit: '1',
    example: 'shop-db.tar.gz needs 1.2 GiB more, and its disk has 800.0 MiB free',
  },
  'http.listen_failed': {
    means: 'The daemon cannot serve health and metrics.',
    remedy: 'Change `http.port` or `http.host`, or leave the port out.',
    exit: '1',
    example: 'health and metrics cannot be served on port 8080: another process has it',
  },
  'internal.error': {
    means: 'A defect in this program, or an error that it does not know.',
    remedy: 'Report it with the line of the log.',
    exit: '1',
    example: 'x is not a function',
  },

  'lock.held': {
    means: 'Another run works on the database, or the store contradicts itself about the lease.',
    remedy: 'Let schedules not overlap. One process at a time is enough: a daemon or a CronJob.',
    exit: '1',
    example: 'shop-db is being worked on by run 7c1d on archiver-1',
  },
  'lock.lost': {
    means: 'The lease was lost to another run, or could not be renewed for 25 s. The work stopped.',
    remedy:
      'The next run goes on from the bucket. If it stays, look at the store and at the load of the machine.',
    exit: '1',
    example: 'the lease of shop-db was lost to another run: the work is stopped',
  },
  'manifest.invalid': {
    means: 'A manifest is damaged, or of a later version of this program. Its archive does not count.',
    remedy: 'Restore the manifest from an earlier version of its object. Backups go on.',
    example: `the manifest ${KEY} cannot be used: it is no JSON`,
  },
  'notify.undelivered': {
    means: 'A notification was not delivered. The run is not affected.',
    remedy: 'Look at the receiver, and at `notify.pingUrl` or `notify.webhookUrl`.',
    example: 'the webhook was not delivered: there was no more time',
  },

  'restore.damaged': {
    means:
      'The dump in the archive does not restore, or less comes out of it than its table of contents says.',
    remedy: 'Try an older archive, and look into how the backup was made.',
    exit: '1',
    example: `${KEY}: does not restore: could not uncompress data: incorrect data check`,
  },
  'restore.no_server': {
    means: 'No server is configured for an archive of this engine.',
    remedy: 'Set `restoreTest.postgresqlUrl` or `restoreTest.mysqlUrl`, or give `--into URL --keep`.',
    exit: '1',
    example: `${KEY}: there is no server to restore it to`,
  },
  'restore.not_empty': {
    means: 'The database of `--into` has something in it. Nothing was written.',
    remedy: 'Name a database that has no object of its own yet.',
    exit: '1',
    example: 'the database shop of PostgreSQL at db.example.com is not empty: it has 12 relations',
  },
  'restore.server_failed': {
    means:
      'The server of the restore test refused, was away or had no room. Of the archive this says nothing.',
    remedy: 'Look at the server, its disk and the rights of its user (to create a database), and test again.',
    exit: '1',
    example: 'PostgreSQL at db.example.com: ERROR: permission denied to create database',
  },
  'restore.server_lacks': {
    means: 'The server has not what the dump needs. Of the archive this says nothing.',
    remedy: 'Install it there, or test on a server that has it, as the database itself does.',
    exit: '1',
    example:
      'PostgreSQL at db.example.com lacks the extension postgis, which the dump needs: type "public.geometry" does not exist',
  },
  'restore.tool_missing': {
    means: "The engine's own client is not on the `PATH`, or cannot be started.",
    remedy: 'Install it (Debian: postgresql-client, mariadb-client), or use the image with the tools.',
    exit: '1',
    example: 'there is no pg_restore on the PATH',
  },
  'restore.tool_too_old': {
    means: 'The dump was made by a later version of the tool than the one that is to restore it.',
    remedy: 'Install the client of the version that made the dump, or of a later one.',
    exit: '1',
    example:
      'pg_restore (PostgreSQL) 15.4 is too old for this dump: unsupported version (1.16) in file header',
  },
  'restore.unsupported': {
    means:
      'What is in the archive cannot be restored by this program: a dump of another engine, or more than one.',
    remedy: 'Restore it by hand: `download` brings it back. `verify --deep` shows whether it is whole.',
    exit: '1',
    example: `${KEY}: it is a backup of mongodb, which cannot be restored by this program`,
  },
  'retention.doubtful_listing': {
    means: 'The listing of the bucket contradicts itself. Nothing was deleted.',
    remedy: 'The next run tries again. If it stays, the store does not list as S3 does.',
    exit: '1',
    example: 'the listing of shop-db contradicts itself, so nothing is deleted: two pages have the same key',
  },
  'retention.failed': {
    means: 'The archive was made, and its retention failed. `reason` is the code of the first error.',
    remedy: 'Look up that code. The next run tries again.',
    exit: '1',
    example: 'the retention failed: DeleteObject shop-db/…: 403 AccessDenied',
  },
  'retention.invalid': {
    means: 'The retention policy cannot be carried out. Nothing was deleted.',
    remedy: 'Correct `retention`, as the message says.',
    exit: '1',
    example: '"Europe/Pariss" is no time zone that this program knows',
  },
  'retention.no_good_archive': {
    means: 'None of the newest archives is good as far as can be seen. Nothing was deleted.',
    remedy: 'Look at them before anything goes: their manifests are missing, unreadable or of another size.',
    exit: '1',
    example: 'none of the newest archives of shop-db is good: nothing is deleted',
  },
  'retention.refused': {
    means: 'The policy would delete more than half of the archives. Nothing was deleted.',
    remedy:
      'Look at `prune --dry-run`. If it is meant: `prune --yes`, once. After it this policy is not refused again.',
    exit: '1',
    example: 'the policy of shop-db is not carried out: it would delete 9 of 12 archives',
  },

  's3.abort_failed': {
    means: 'An unfinished upload still has parts after it was aborted.',
    remedy: 'The next run tries again. An AbortIncompleteMultipartUpload lifecycle rule is a second net.',
    exit: '1',
    example: `AbortMultipartUpload ${KEY}: parts are still there after it`,
  },
  's3.bad_digest': {
    means: 'Bytes were lost or damaged on the way to the store. They are sent again.',
    remedy: 'If it stays, look at the network and at proxies.',
    exit: '1',
    example: `UploadPart ${KEY}: 400 BadDigest`,
  },
  's3.bad_listing': {
    means: 'A listing of the store is no whole one.',
    remedy: `${NEXT_RUN} If it stays, the store does not list as S3 does.`,
    exit: '1',
    example: 'ListObjectsV2 shop-db/: a truncated page does not say where the next begins',
  },
  's3.checksum_refused': {
    means: 'The store does not take the checksum that `s3.checksum` names. No backup was made.',
    remedy: 'Set one that the hint names.',
    exit: '1',
    example: 'the store takes no SHA256 checksums of parts: 501 NotImplemented',
  },
  's3.failed': {
    means: 'The store refused a request, or failed, in a way that has no code of its own.',
    remedy: 'See the status and the text of the store in the message.',
    exit: '1',
    example: `PutObject ${KEY}: 500 InternalError`,
  },
  's3.forbidden': {
    means: 'The keys do not allow this request, or are wrong.',
    remedy:
      'Check the keys; the hint names the right that the request needs, [rights](rights.md) all of them.',
    exit: '1',
    example: `DeleteObject ${KEY}: 403 AccessDenied`,
  },
  's3.foreign_response': {
    means: 'A response with status 200 is not that of an S3 store.',
    remedy: OUR_STORE,
    exit: '1',
    example: 'ListObjectsV2 shop-db/: the response is an HTML page',
  },
  's3.full': {
    means: 'The bucket, the account or the disk below has no room left.',
    remedy: 'Raise the quota, or keep less and run `prune`.',
    exit: '1',
    example: `UploadPart ${KEY}: 507 InsufficientStorage`,
  },
  's3.network': {
    means: 'The store could not be reached.',
    remedy:
      'Check `s3.endpoint`, DNS, the firewall and the proxy; `s3.caFile` where its certificate is not trusted.',
    exit: '1',
    example: 'ListObjectsV2 shop-db/: the connection was refused (ECONNREFUSED)',
  },
  's3.needs_restore': {
    means: 'The object lies in cold storage (GLACIER, DEEP_ARCHIVE) and cannot be read at once.',
    remedy:
      'Have it restored (`aws s3api restore-object`), wait hours until that is done, and give the same command again.',
    exit: '1',
    example: `GetObject archives/${KEY}: 403 InvalidObjectState`,
  },
  's3.no_credentials': {
    means: 'There are no keys for the store.',
    remedy: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the process a role or profile.',
    exit: '1',
    example: 'ListObjectsV2 shop-db/: no credentials were found',
  },
  's3.no_such_bucket': {
    means: 'The bucket does not exist.',
    remedy: 'Create it, or correct `s3.bucket` and `s3.region`.',
    exit: '1',
    example: 'HeadBucket archives: 404 NoSuchBucket',
  },
  's3.no_such_upload': {
    means: 'An unfinished upload is gone: it was completed or aborted.',
    remedy: NEXT_RUN,
    exit: '1',
    example: `UploadPart ${KEY}: 404 NoSuchUpload`,
  },
  's3.not_found': {
    means: 'An object is not there.',
    remedy: `${NEXT_RUN} If it stays, another program deletes objects of ours.`,
    exit: '1',
    example: `GetObject ${KEY}: 404 NoSuchKey`,
  },
  's3.precondition_failed': {
    means: 'An object is there already, and is not overwritten.',
    remedy: 'Let no two runs write one database at once. The next run looks at the object.',
    exit: '1',
    example: `CompleteMultipartUpload ${KEY}: an object is there already`,
  },
  's3.slow_down': {
    means: 'The store asks for fewer requests, and went on asking.',
    remedy: `${NEXT_RUN} If it stays, lower \`s3.concurrency\` or \`concurrency\`.`,
    exit: '1',
    example: `UploadPart ${KEY}: 503 SlowDown`,
  },
  's3.timeout': {
    means: 'The store did not respond in time.',
    remedy: 'Check `s3.endpoint`, DNS, the firewall and the proxy.',
    exit: '1',
    example: 'ListObjectsV2 shop-db/: the store did not respond in time',
  },
  's3.too_large': {
    means: 'The archive does not fit into the parts that the store allows.',
    remedy: 'Raise `s3.partSize` or `s3.maxParts`, where the store takes that.',
    exit: '1',
    example: 'an archive of 6442450944000 bytes does not fit into 1000 parts of 5.0 GiB',
  },
  's3.unconfirmed': {
    means: 'The store reports a success that does not show.',
    remedy: OUR_STORE,
    exit: '1',
    example: 'part 7: the response has no ETag',
  },
  's3.wrong_region': {
    means: 'The bucket is in another region.',
    remedy: 'Correct `s3.region`: the hint names the right one where the store tells it.',
    exit: '1',
    example: 'HeadBucket archives: 301 PermanentRedirect',
  },

  'scalingo.backup_running': {
    means:
      'Scalingo makes another backup of the database, and none that this run may take shows in the list.',
    remedy: NEXT_RUN,
    exit: '1',
    example: 'POST /api/databases/ad-1/backups was answered 400 (Bad Request): A backup is running',
  },
  'scalingo.bad_request': {
    means: 'Scalingo refused a request, in a way that has no code of its own.',
    remedy: "See Scalingo's own words in the message.",
    exit: '1',
    example: 'POST /api/databases/ad-1/backups was answered 422 (Unprocessable Entity): not supported',
  },
  'scalingo.conflict': {
    means: 'Another operation on the database does not allow the request now.',
    remedy: NEXT_RUN,
    exit: '1',
    example: 'POST /api/databases/ad-1/backups was answered 409 (Conflict)',
  },
  'scalingo.create_unknown': {
    means: 'The response to a creation was lost, three times, and the list shows no new backup.',
    remedy: `${NEXT_RUN} It looks at the list first, and makes no second backup.`,
    exit: '1',
    example: 'POST /api/databases/ad-1/backups: whether it made a backup is not known',
  },
  'scalingo.forbidden': {
    means: 'The account behind the token may not do this.',
    remedy: 'Use the token of the owner or of a full collaborator.',
    exit: '1',
    example: 'POST /api/databases/ad-1/backups was answered 403 (Forbidden)',
  },
  'scalingo.invalid_backup_id': {
    means: 'Scalingo lists a backup whose id is of no known form.',
    remedy: 'Report it.',
    exit: '1',
    example: '"../x" is no id of a backup',
  },
  'scalingo.invalid_payload': {
    means: 'A response of Scalingo is not what its documentation says.',
    remedy: 'Check the configured URLs. If they are right, report it.',
    exit: '1',
    example: 'GET /api/databases/ad-1/backups was answered 200 with an HTML page instead of JSON',
  },
  'scalingo.invalid_url': {
    means: 'A URL of Scalingo is no http or https URL.',
    remedy: 'Correct the key that the message names.',
    exit: '1',
    example: 'scalingo.databaseApiUrl is no http or https URL',
  },
  'scalingo.link_refused': {
    means: 'The link of the archive was refused, and a fresh one too.',
    remedy: `${NEXT_RUN} If it stays, the archive may be gone.`,
    exit: '1',
    example: 'GET /api/databases/ad-1/backups/…/archive was answered 403 (Forbidden)',
  },
  'scalingo.network': {
    means: 'Scalingo could not be reached, or a response broke off.',
    remedy: 'Check the configured URLs, DNS, the firewall and the proxy.',
    exit: '1',
    example:
      'GET /api/databases/ad-1/backups: no response from db-api.osc-fr1.scalingo.com: the host name is not known (ENOTFOUND)',
  },
  'scalingo.no_app': {
    means: 'The application that owns the addon is not known.',
    remedy: 'Set the `app` of this database (SCALINGO_APP).',
    exit: '1',
    example: 'the application that owns the addon ad-1 is not known',
  },
  'scalingo.no_token': {
    means: 'There is no token for Scalingo.',
    remedy: 'Set SCALINGO_API_TOKEN, or DB_BEARER_TOKEN for a single run.',
    exit: '1',
    example: 'there is no token for Scalingo',
  },
  'scalingo.not_found': {
    means: 'Scalingo does not know the database, the backup or its archive.',
    remedy: 'Check `app` and `id` of the database. A backup may have been deleted meanwhile.',
    exit: '1',
    example: 'GET /api/databases/ad-1 was answered 404 (Not Found)',
  },
  'scalingo.payment_required': {
    means: "The account's billing is not in order.",
    remedy: 'Look at the payment method of the account, or at the end of its trial.',
    exit: '1',
    example: 'POST /api/databases/ad-1/backups was answered 402 (Payment Required)',
  },
  'scalingo.range_refused': {
    means: 'The source of the archive does not give the range that was asked for.',
    remedy: 'Nothing: the archive is read from its beginning.',
    example: `GET the archive of ${ID} was answered 416, but 14 bytes were promised`,
  },
  'scalingo.rate_limited': {
    means: 'Scalingo refused more requests, and went on refusing.',
    remedy:
      'Lower the number of databases at once (`concurrency`), or spread the schedules (`schedule.jitter`).',
    exit: '1',
    example: 'GET /api/databases/ad-1/backups was answered 429 (Too Many Requests)',
  },
  'scalingo.redirected': {
    means:
      'Scalingo sent a redirect that is not followed, or too many, or a link whose name leads to this machine while the API is elsewhere.',
    remedy:
      'Check the configured URL: its scheme and its host. Where a name leads here, check the name service.',
    exit: '1',
    example: 'GET /api/databases/ad-1 was answered 302 (Found)',
  },
  'scalingo.timeout': {
    means: 'Scalingo did not respond in time.',
    remedy: NEXT_RUN,
    exit: '1',
    example: 'GET /api/databases/ad-1/backups: no response from db-api.osc-fr1.scalingo.com within 30.0 s',
  },
  'scalingo.unauthorized': {
    means: 'Scalingo does not take the token.',
    remedy: 'Make a new API token. A ready token (DB_BEARER_TOKEN) lasts an hour.',
    exit: '1',
    example: 'POST /v1/tokens/exchange was answered 401 (Unauthorized)',
  },
  'scalingo.unavailable': {
    means: "A fault at Scalingo's, status 500 or higher.",
    remedy: `${NEXT_RUN} If it stays, quote the request id to Scalingo's support.`,
    exit: '1',
    example: 'GET /api/databases/ad-1/backups was answered 503 (Service Unavailable)',
  },

  'shutdown.release_timeout': {
    means: 'A resource was not released within 5 s of a shutdown.',
    remedy: 'Nothing: the process exits all the same.',
    example: '"connections" was not released within 5.0 s',
  },
  'shutdown.signal': {
    means: 'A signal ended the work.',
    remedy: 'Nothing: the next run goes on from what is in the bucket.',
    exit: '130, 143',
    example: 'stopped by SIGTERM',
  },
  'usage.invalid': {
    means: 'The command line cannot be used. Nothing was attempted.',
    remedy: 'See `backup-archiver --help`.',
    exit: '2',
    example: '--database shoop-db: not configured; there is shop-db, crm-db',
  },
};
