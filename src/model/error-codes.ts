/**
 * The codes of an `ArchiverError`; the types of the members mean nothing. Users alert on a code: it keeps its name and its
 * meaning, which docs/errors.md says. An adapter adds the codes of its errors to this interface, beside their class
 * (https://www.typescriptlang.org/docs/handbook/declaration-merging.html#module-augmentation).
 */
export interface ErrorCodes {
  'archive.checksum_mismatch': unknown;
  'archive.damaged': unknown;
  'archive.empty': unknown;
  'archive.foreign_addon': unknown;
  'archive.foreign_manifest': unknown;
  'archive.missing': unknown;
  'archive.not_found': unknown;
  'archive.not_gzip': unknown;
  'archive.size_mismatch': unknown;
  'archive.source_changed': unknown;
  'archive.source_failed': unknown;
  'archive.stalled': unknown;
  'archive.too_long': unknown;
  'archive.truncated': unknown;
  'archive.unframed': unknown;
  'archive.unproven': unknown;
  'archive.unusable_key': unknown;
  'backup.failed': unknown;
  'backup.none': unknown;
  'backup.timeout': unknown;
  'backup.vanished': unknown;
  'config.invalid': unknown;
  'database.not_downloadable': unknown;
  'download.disk': unknown;
  'http.listen_failed': unknown;
  'internal.error': unknown;
  'lock.held': unknown;
  'lock.lost': unknown;
  'manifest.invalid': unknown;
  'notify.undelivered': unknown;
  'restore.damaged': unknown;
  'restore.no_server': unknown;
  'restore.not_empty': unknown;
  'restore.server_failed': unknown;
  'restore.server_lacks': unknown;
  'restore.tool_missing': unknown;
  'restore.tool_too_old': unknown;
  'restore.unsupported': unknown;
  'retention.doubtful_listing': unknown;
  'retention.failed': unknown;
  'retention.invalid': unknown;
  'retention.no_good_archive': unknown;
  'retention.refused': unknown;
  'shutdown.release_timeout': unknown;
  'shutdown.signal': unknown;
  'usage.invalid': unknown;
}

/** Every code, those of the adapters too. */
export type ErrorCode = keyof ErrorCodes;
