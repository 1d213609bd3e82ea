import { HttpClient } from '../../../src/http/http-client.ts';
import type { OpenResponse } from '../../../src/http/http-exchange.ts';
import { rangeHeaders, toDownload } from '../../../src/http/ranged-response.ts';
import { readText } from '../../../src/http/read-text.ts';
import type { MakeError } from '../../../src/http/transport-errors.ts';
import { type Backup, byNewest } from '../../../src/model/backup.ts';
import type { ErrorCode } from '../../../src/model/error-codes.ts';
import { type FailureKind, SourceError } from '../../../src/model/errors.ts';
import type {
  BackupSource,
  DatabaseAddress,
  DatabaseInfo,
  Download,
  DownloadRange,
  SourceDatabase,
} from '../../../src/ports/backup-source.ts';

/** An entry of the list. `createdAt` is RFC 3339; `size` is in bytes. */
interface Entry {
  readonly id: string;
  readonly createdAt: string;
  readonly url: string;
  readonly size?: number;
}

/** Codes of no source of the program: they are in no list of codes. */
const codeOf = (what: string) => `list.${what}` as ErrorCode;

const makeError: MakeError = (fault, message, options) => new SourceError(codeOf(fault), message, options);

/**
 * A source that is a JSON list of `{id, createdAt, url, size?}` at an address, and makes no backups: a database's id is
 * the address of its list.
 */
export class JsonListSource implements BackupSource {
  readonly #http = new HttpClient({ userAgent: 'backup-archiver-tests', makeError });

  database({ id }: DatabaseAddress): SourceDatabase {
    return new JsonListDatabase(this.#http, id);
  }

  close(): void {
    this.#http.close();
  }
}

class JsonListDatabase implements SourceDatabase {
  readonly serviceName = 'The list';
  readonly canCreate = false;
  readonly manualBackupsKept = null;
  readonly #http: HttpClient;
  readonly #address: string;

  constructor(http: HttpClient, address: string) {
    this.#http = http;
    this.#address = address;
  }

  info(): Promise<DatabaseInfo> {
    return Promise.resolve({
      engine: null,
      engineVersion: null,
      manualBackupsKept: null,
      notDownloadable: null,
      upkeep: null,
    });
  }

  async list(signal: AbortSignal): Promise<Backup[]> {
    return (await this.#entries(signal)).map(toBackup).sort(byNewest);
  }

  create(): Promise<undefined> {
    return Promise.reject(failure('forbidden', 'the list makes no backups'));
  }

  async open(backupId: string, range: DownloadRange, signal: AbortSignal): Promise<Download> {
    const entry = (await this.#entries(signal)).find(({ id }) => id === backupId);
    if (entry === undefined) throw failure('not-found', `the list has no backup ${backupId}`);
    const asked = range.start > 0 || range.end !== undefined ? range : undefined;
    const headers = {
      'accept-encoding': 'identity',
      ...(asked === undefined ? {} : rangeHeaders(asked)),
    };
    const response = await this.#get(entry.url, 'archive', headers, signal);
    const refuse = (why: string) => failure('range-refused', why, response.status);
    try {
      const download = toDownload(response, asked, refuse);
      if (download !== undefined) return download;
      if (response.status === 416) throw refuse('the archive has no such bytes');
      throw failure(response.status === 404 ? 'not-found' : undefined, 'no archive came', response.status);
    } catch (error) {
      response.body.destroy();
      throw error;
    }
  }

  async #entries(signal: AbortSignal): Promise<Entry[]> {
    const { status, body } = await this.#get(this.#address, 'api', {}, signal);
    const { text } = await readText(body, { bytes: 2 ** 20 });
    if (status === 200) return JSON.parse(text) as Entry[];
    throw failure(status === 404 ? 'not-found' : undefined, 'no list came', status);
  }

  async #get(
    url: string,
    kind: 'api' | 'archive',
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<OpenResponse> {
    const operation = `GET ${new URL(url).pathname}`;
    const request = { method: 'GET', url, operation, headers, kind, freshConnection: true } as const;
    const { response, failure: unreached } = await this.#http.open(request, signal);
    if (response === undefined) throw unreached.error;
    return response;
  }
}

function toBackup({ id, createdAt, size }: Entry): Backup {
  return {
    id,
    databaseId: 'list',
    createdAt: new Date(createdAt),
    startedAt: null,
    name: id,
    size: size ?? null,
    status: 'done',
    method: null,
  };
}

function failure(kind: FailureKind | undefined, message: string, status?: number): SourceError {
  const retryable = status !== undefined && status >= 500;
  return new SourceError(codeOf('refused'), message, { operation: 'GET', kind, status, retryable });
}
