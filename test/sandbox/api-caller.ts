import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import type { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';

/** A response with its body read, parsed where it is JSON. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** Asks one question with fetch; the body of every response is read to its end. */
export async function ask(
  url: string,
  options: { method?: string; bearer?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Answered> {
  const response = await fetch(url, {
    method: options.method ?? 'GET',
    redirect: 'manual',
    headers: {
      ...(options.bearer === undefined ? {} : { Authorization: `Bearer ${options.bearer}` }),
      ...options.headers,
    },
    ...(options.method === 'POST' ? { body: '{}' } : {}),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** The Database API of one database, with a bearer that was got without the three steps. */
export class DatabaseCaller {
  readonly #base: string;
  readonly bearer: string;

  constructor(scalingo: SimulatedScalingo, database: SimulatedDatabase) {
    this.#base = `${scalingo.databaseApiUrl}/api/databases/${database.id}`;
    this.bearer = scalingo.issueDatabaseBearer(database);
  }

  get(path = ''): Promise<Answered> {
    return ask(`${this.#base}${path}`, { bearer: this.bearer });
  }

  create(): Promise<Answered> {
    return ask(`${this.#base}/backups`, { method: 'POST', bearer: this.bearer });
  }

  async list(): Promise<Record<string, unknown>[]> {
    const { json } = await this.get('/backups');
    return json.database_backups as Record<string, unknown>[];
  }

  async statuses(): Promise<unknown[]> {
    return (await this.list()).map(({ status }) => status);
  }

  async link(backupId: string): Promise<string> {
    const { json, status } = await this.get(`/backups/${backupId}/archive`);
    if (typeof json.download_url !== 'string') throw new Error(`no link: ${status} ${JSON.stringify(json)}`);
    return json.download_url;
  }
}
