import type { AddressInfo } from 'node:net';
import { createServer, getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { BulkDownloads } from '../../../src/http/bulk/bulk-downloads.ts';
import { DEFAULT_TIMEOUTS } from '../../../src/http/timeouts.ts';
import { transportError } from '../../../src/sources/scalingo/api/scalingo-error.ts';
import { SELF_SIGNED } from '../../sources/scalingo/self-signed.ts';

const trusted = getCACertificates('default');
afterEach(() => setDefaultCACertificates(trusted));

it.each([
  ['framed', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc'],
  ['to the end', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc'],
])('reads a response (%s) whose end of TLS comes with its bytes', async (_, text) => {
  setDefaultCACertificates([...trusted, SELF_SIGNED.cert]);
  const server = createServer({ ...SELF_SIGNED }, (socket: TLSSocket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.cork();
      socket.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  const downloads = new BulkDownloads('test', DEFAULT_TIMEOUTS);
  try {
    const context = { makeError: transportError, operation: 'GET file', host: 'test', secure: true };
    const asked = {
      method: 'GET',
      url,
      operation: 'GET file',
      headers: {},
      kind: 'archive',
      freshConnection: true,
    } as const;
    const opened = await downloads.open(asked, context, new AbortController().signal);
    const chunks: Buffer[] = [];
    for await (const chunk of opened?.response?.body ?? []) chunks.push(Buffer.from(chunk as Buffer));
    expect(opened?.failure?.error.message).toBeUndefined();
    expect(Buffer.concat(chunks).toString()).toBe('abc');
  } finally {
    downloads.close();
    await new Promise((resolve) => server.close(resolve));
  }
});
