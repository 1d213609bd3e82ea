import type { Download, DownloadRange, SourceDatabase } from '../../../src/ports/backup-source.ts';
import { ARCHIVE, BACKUP_ID, calm, type Fixture, LINK, startFixture } from './scalingo-fixture.ts';
import { json, type Reply, raw } from './scripted-server.ts';

export const BYTES = Buffer.from('0123456789abcdefghij');
export const ETAG = '"v1"';

/** Links that end with their number, so that a fresh one can be told. */
export async function startDownloads(...replies: Reply[]): Promise<Fixture> {
  const fixture = await startFixture();
  const { server } = fixture;
  const path = ARCHIVE.slice('GET '.length);
  server.on(LINK, (response, seen) =>
    json(200, { download_url: `${server.url}${path}?token=CANARY-${server.count(LINK)}` })(response, seen),
  );
  server.on(ARCHIVE, ...replies);
  return fixture;
}

export function open(
  api: SourceDatabase,
  range: DownloadRange = { start: 0 },
  signal = calm(),
): Promise<Download> {
  return api.open(BACKUP_ID, range, signal);
}

/** Copies, as whoever keeps bytes must. */
export async function bytesOf({ body }: Pick<Download, 'body'>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** A 206 as it should be. */
export function part(range: string, bytes: Buffer, headers: Record<string, string> = {}): Reply {
  return raw(206, bytes, { 'content-range': range, etag: ETAG, ...headers });
}
