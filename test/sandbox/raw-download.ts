import { get, type IncomingHttpHeaders } from 'node:http';

/** What came of one GET, read as far as it went. */
export interface RawDownload {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** Code of the error that ended the body early; `null` for a proper end. */
  readonly failure: string | null;
}

/** Node's own client: no retries, no redirects, no decompression; a cut body is reported, not thrown. */
export function rawDownload(url: string, headers: Record<string, string> = {}): Promise<RawDownload> {
  return new Promise((resolve, reject) => {
    let fail: (error: NodeJS.ErrnoException) => void = reject;
    const request = get(url, { headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      const settle = (failure: string | null) =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes: Buffer.concat(chunks),
          failure,
        });
      // A reset is reported on the request, even when its response has begun.
      fail = (error) => settle(error.code ?? error.message);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => settle(null));
      response.on('error', (error) => fail(error));
    });
    request.on('error', (error) => fail(error));
  });
}
