import { type ArchiverError, IntegrityError, StoreError, toArchiverError } from '../../model/errors.ts';
import type { Redaction } from '../../ports/redaction.ts';
import { formatDuration } from '../../text/duration.ts';
import { shorten } from '../../text/shorten.ts';

/** How much of an error text is quoted. */
const EXCERPT = 200;

/**
 * What can be wrong with the bytes of one backup's download, said for the person who has to act on it.
 * Each becomes an `IntegrityError`; none of them leaves anything in the bucket.
 */
export class SourceFaults {
  readonly #backupId: string;
  readonly #serviceName: string;
  readonly #redaction: Pick<Redaction, 'redact'>;

  /** @param serviceName how people call the source @param redaction masks the link's token where the source repeats it */
  constructor(backupId: string, serviceName: string, redaction: Pick<Redaction, 'redact'>) {
    this.#backupId = backupId;
    this.#serviceName = serviceName;
    this.#redaction = redaction;
  }

  empty(): IntegrityError {
    return new IntegrityError('archive.empty', `the download of backup ${this.#backupId} has no byte`, {
      hint: `${this.#serviceName} answered with an empty body. Nothing was stored.`,
    });
  }

  /** @param head the first bytes, quoted where they can be read */
  notGzip(head: Buffer): IntegrityError {
    return new IntegrityError(
      'archive.not_gzip',
      `the download of backup ${this.#backupId} is no archive: ${this.#excerpt(head)}`,
      {
        hint: `${this.#serviceName} answered 200 with something else than the backup, usually its storage's error. Nothing was stored.`,
      },
    );
  }

  /** The beginning of an error text, printable; what is secret in it is masked before it is cut once more. */
  #excerpt(bytes: Buffer): string {
    const text = this.#redaction
      .redact(bytes.toString('latin1'), true)
      .replace(/[^\x20-\x7e]+/g, ' ')
      .trim();
    return text === '' ? `${bytes.length} unprintable bytes` : JSON.stringify(shorten(text, EXCERPT));
  }

  /** Neither the API nor a length tells where the body ends, and chunks or unpacking cannot show it either. */
  unframed(): IntegrityError {
    return new IntegrityError(
      'archive.unframed',
      `the download of backup ${this.#backupId} does not say how long it is`,
      {
        hint: 'A truncation could not be distinguished from its end. Set transfer.verifySize (TRANSFER_VERIFY_SIZE) to true, or have the store keep archives where they can be read at once.',
      },
    );
  }

  sizeMismatch(expectedBytes: number, bytes: number): IntegrityError {
    return new IntegrityError(
      'archive.size_mismatch',
      `backup ${this.#backupId} should have ${expectedBytes} bytes, its download has ${bytes}`,
      {
        hint: `Nothing was stored. If ${this.#serviceName} confirms the size of the download, set transfer.verifySize (TRANSFER_VERIFY_SIZE) to false.`,
        details: { expectedBytes, bytes },
      },
    );
  }

  tooLong(expectedBytes: number): IntegrityError {
    return new IntegrityError(
      'archive.too_long',
      `the download of backup ${this.#backupId} goes on after byte ${expectedBytes}, where it should end`,
      {
        hint: `Nothing was stored: bytes were doubled on the way, or the size that ${this.#serviceName} states is wrong.`,
        details: { expectedBytes },
      },
    );
  }

  truncated(expectedBytes: number, bytes: number): IntegrityError {
    return new IntegrityError(
      'archive.truncated',
      `the download of backup ${this.#backupId} ended at byte ${bytes} of ${expectedBytes}`,
      { hint: 'Nothing was stored. The next run tries again.', details: { expectedBytes, bytes } },
    );
  }

  stalled(stallTimeoutMs: number): IntegrityError {
    return new IntegrityError(
      'archive.stalled',
      `the download of backup ${this.#backupId} gave no byte for ${formatDuration(stallTimeoutMs)}`,
      { details: { stallTimeoutMs } },
    );
  }

  /** Fewer than 1 KiB a second: it would take days. */
  tooSlow(bytes: number, waitedMs: number): IntegrityError {
    return new IntegrityError(
      'archive.stalled',
      `the download of backup ${this.#backupId} gave ${bytes} bytes in ${formatDuration(waitedMs)}, less than 1 KiB a second`,
      { details: { bytes, waitedMs: Math.round(waitedMs) } },
    );
  }

  changed(why: string): IntegrityError {
    return new IntegrityError(
      'archive.source_changed',
      `backup ${this.#backupId} is not the same archive as before: ${why}`,
      { hint: 'Nothing was stored. The next run starts from the first byte.' },
    );
  }

  /** The last of `attempts` failures, said as the end of it. @param how what the attempts have in common */
  givenUp(error: unknown, attempts: number, bytes: number, how = 'in a row without progress'): ArchiverError {
    const last = toArchiverError(error);
    if (error instanceof StoreError) return storeGivenUp(error, attempts);
    return new IntegrityError(
      last instanceof IntegrityError ? last.code : 'archive.source_failed',
      `gave up after ${attempts} attempts ${how} at byte ${bytes}: ${last.message}`,
      {
        hint:
          last.hint ??
          `Nothing was stored. The next run tries again; if it stays, give ${this.#serviceName} support the request id.`,
        details: { ...last.details, attempts, bytes },
        cause: error,
      },
    );
  }
}

/** It stays the store's: its code, its request id, and what to do about it. */
function storeGivenUp(error: StoreError, attempts: number): StoreError {
  const { code, operation, status, requestId, hint, details } = error;
  return new StoreError(code, `gave up after ${attempts} attempts: ${error.message}`, {
    operation,
    status,
    requestId,
    retryable: true,
    hint: hint ?? 'What was stored is kept, and the next run goes on from there.',
    details: { ...details, attempts },
    cause: error,
  });
}
