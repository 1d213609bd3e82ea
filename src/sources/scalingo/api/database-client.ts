import type { Limiter } from '../../../concurrency/rate-limiter.ts';
import { retry } from '../../../concurrency/retry.ts';
import type { HttpClient } from '../../../http/http-client.ts';
import { isBackupId } from '../../../model/archive-key.ts';
import type { Backup } from '../../../model/backup.ts';
import { ArchiverError, hasCode } from '../../../model/errors.ts';
import type { DatabaseInfo, Download, DownloadRange, SourceDatabase } from '../../../ports/backup-source.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { EventLog } from '../../../ports/event-log.ts';
import type { Redaction } from '../../../ports/redaction.ts';
import type { Credentials } from '../auth/credentials.ts';
import type { ApiCall, ApiClient } from './api-client.ts';
import { openArchive } from './archive-download.ts';
import { parseArchiveLink, parseBackupList, parseCreatedBackup, parseDatabaseInfo } from './payloads.ts';
import { KEPT_BY_PLAN, SERVICE_NAME } from './service-facts.ts';

export interface DatabaseClientOptions {
  readonly api: ApiClient;
  readonly http: HttpClient;
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly log: EventLog | undefined;
  readonly redaction: Redaction;
  /** The application that owns the addon, where known. */
  readonly app: string | undefined;
  /** The Database API's URL, without a `/` at its end. */
  readonly baseUrl: string;
  /** `ad-…`. */
  readonly addonId: string;
  readonly credentials: Credentials;
}

/** A run goes on without what is known of the database: it is not asked for long. */
const INFO_ATTEMPTS = 2;

/** The Database API of one addon (https://developers.scalingo.com/databases/backups). */
export class DatabaseClient implements SourceDatabase {
  readonly serviceName = SERVICE_NAME;
  readonly canCreate = true;
  readonly manualBackupsKept = KEPT_BY_PLAN.starter;
  readonly #options: DatabaseClientOptions;
  readonly #path: string;
  /** The newest link of each backup of this client's run. */
  readonly #links = new Map<string, string>();

  constructor(options: DatabaseClientOptions) {
    this.#options = options;
    this.#path = `/api/databases/${encodeURIComponent(options.addonId)}`;
  }

  info(signal: AbortSignal): Promise<DatabaseInfo> {
    return this.#call(
      {
        method: 'GET',
        path: this.#path,
        kind: 'database',
        attempts: INFO_ATTEMPTS,
        parse: parseDatabaseInfo,
      },
      signal,
    );
  }

  list(signal: AbortSignal): Promise<Backup[]> {
    const path = `${this.#path}/backups`;
    return this.#call({ method: 'GET', path, kind: 'database', parse: parseBackupList }, signal);
  }

  create(signal: AbortSignal): Promise<Backup> {
    const path = `${this.#path}/backups`;
    return this.#call({ method: 'POST', path, kind: 'create', parse: parseCreatedBackup }, signal);
  }

  async open(backupId: string, range: DownloadRange, signal: AbortSignal): Promise<Download> {
    assertRange(range);
    const path = `${this.#backupPath(backupId)}/download`;
    const operation = `GET ${path}`;
    // A part among many: a link of its own for each would use up what the API may be asked.
    const mayReuse = range.end !== undefined && range.freshLink !== true;
    return retry(
      async (attempt) => {
        const known = mayReuse && attempt === 1 ? this.#links.get(backupId) : undefined;
        const link =
          known === undefined ? await this.#freshLink(backupId, signal) : this.#learned(known, backupId);
        return openArchive(this.#options, link, operation, range, signal);
      },
      {
        // Links end without notice: one more at once is cheaper than a failed attempt.
        attempts: 2,
        mayPass: (error) => hasCode(error, 'scalingo.link_refused'),
        onRetry: ({ error, attempt, delayMs }) =>
          this.#options.log?.warn('scalingo.retried', { operation, attempt, delayMs, error }),
      },
      signal,
    );
  }

  async #freshLink(backupId: string, signal: AbortSignal): Promise<string> {
    this.#links.delete(backupId);
    const path = `${this.#backupPath(backupId)}/archive`;
    const { baseUrl } = this.#options;
    const link = await this.#call(
      {
        method: 'GET',
        path,
        kind: 'link',
        parse: (payload, source) => this.#learned(parseArchiveLink(payload, source, baseUrl), backupId),
      },
      signal,
    );
    this.#links.set(backupId, link);
    return link;
  }

  /** The link, once more the newest of the secrets that were issued. */
  #learned(link: string, backupId: string): string {
    const { redaction, addonId, app } = this.#options;
    redaction.learnLink(link, [addonId, backupId, ...(app === undefined ? [] : [app])]);
    return link;
  }

  #backupPath(backupId: string): string {
    if (!isBackupId(backupId)) {
      throw new ArchiverError('scalingo.invalid_backup_id', `"${backupId}" is no id of a backup`);
    }
    return `${this.#path}/backups/${backupId}`;
  }

  #call<T>(
    call: Pick<ApiCall<T>, 'method' | 'path' | 'kind' | 'attempts' | 'parse'>,
    signal: AbortSignal,
  ): Promise<T> {
    const { api, baseUrl: base, credentials, log } = this.#options;
    return api.call({ ...call, base, credentials, log }, signal);
  }
}

function assertRange({ start, end }: DownloadRange): void {
  const isValid =
    Number.isSafeInteger(start) &&
    start >= 0 &&
    (end === undefined || (Number.isSafeInteger(end) && end >= start));
  if (!isValid) throw new RangeError(`bytes ${start} to ${end ?? 'the end'} are no range`);
}
