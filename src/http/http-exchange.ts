import type { Response } from 'got';
import type { DownloadBody } from '../ports/backup-source.ts';
import type { TransportContext, TransportFailure } from './transport-errors.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** `GET /api/databases/ad-…/backups`: method and path, never a query. */
  readonly operation: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** `archive`: redirects are followed, the body is left as sent and has no time limit. */
  readonly kind: 'api' | 'archive';
  /**
   * A connection of its own. One kept alive may have been closed by the service a moment ago, which looks
   * like a lost response: bad for a POST that must not be repeated, and for a download that counts attempts.
   */
  readonly freshConnection: boolean;
}

/** Headers have come; the body is still to be read. */
export interface OpenResponse {
  readonly status: number;
  readonly headers: Response['headers'];
  readonly requestId: string | undefined;
  readonly context: TransportContext;
  readonly body: DownloadBody;
}

export type Opened =
  | { readonly response: OpenResponse; readonly failure?: undefined }
  | { readonly failure: TransportFailure; readonly response?: undefined };
