import { EventEmitter } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { OnReadOpts, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { BulkBody } from '../../../src/http/bulk/bulk-body.ts';
import { BulkConnection } from '../../../src/http/bulk/connection.ts';
import { promisedLength } from '../../../src/http/response-headers.ts';
import { transportError } from '../../../src/sources/scalingo/api/scalingo-error.ts';

/** What a reader makes of the bytes of a response. */
export type Reading =
  | {
      readonly kind: 'read';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Buffer;
    }
  /** The head was read, and not the whole of the body. */
  | { readonly kind: 'broken'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  /** No head. */
  | { readonly kind: 'refused' }
  /** Left to got. */
  | { readonly kind: 'left' };

const context = { makeError: transportError, operation: 'GET file', host: 'test', secure: false };

/** A socket that receives these pieces, each by itself, and its end. */
class PieceSocket extends EventEmitter {
  #isDestroyed = false;

  setNoDelay(): void {}
  ref(): void {}
  unref(): void {}
  resume(): void {}
  write(): void {}

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    queueMicrotask(() => this.emit('close'));
  }

  async receive({ buffer, callback }: OnReadOpts, pieces: readonly Buffer[]): Promise<void> {
    for (const piece of pieces) {
      if (this.#isDestroyed) return;
      const target = typeof buffer === 'function' ? buffer() : buffer;
      target.set(piece);
      callback(piece.length, target);
      if (pieces.length > 1) await turn();
    }
    if (this.#isDestroyed) return;
    this.emit('end');
    this.destroy();
  }
}

/** The program's own reader. @param pieces the bytes as the socket gets them */
export async function readByOurs(pieces: readonly Buffer[]): Promise<Reading> {
  const socket = new PieceSocket();
  let received: Promise<void> = Promise.resolve();
  const connection = new BulkConnection((onread) => {
    setImmediate(() => {
      received = socket.receive(onread, pieces);
    });
    return socket as unknown as Socket;
  });
  const { signal } = new AbortController();
  try {
    const head = await connection.ask('GET / HTTP/1.1\r\n\r\n', 60_000, signal);
    if (head === undefined) return { kind: 'left' };
    const { status, framing } = head;
    const headers = { ...head.headers };
    const expected = promisedLength(status, headers);
    const body = new BulkBody({ connection, framing, expected, context, signal, onEnd: () => {} });
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of body) chunks.push(Buffer.from(chunk));
      return { kind: 'read', status, headers, body: Buffer.concat(chunks) };
    } catch {
      return { kind: 'broken', status, headers };
    }
  } catch {
    return { kind: 'refused' };
  } finally {
    connection.destroy();
    await received;
  }
}

/** Node's own client. */
export function readByNode(bytes: Buffer): Promise<Reading> {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  return new Promise((resolve) => {
    const asked = request({ host: 'test', createConnection: () => socket });
    asked.on('error', () => resolve({ kind: 'refused' }));
    asked.on('upgrade', () => resolve({ kind: 'refused' }));
    asked.on('response', (response) => resolve(bodyOf(response)));
    asked.on('close', () => resolve({ kind: 'refused' }));
    asked.end();
    socket.push(bytes);
    socket.push(null);
  });
}

async function bodyOf(response: IncomingMessage): Promise<Reading> {
  const status = response.statusCode ?? 0;
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  );
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch {
    return { kind: 'broken', status, headers };
  }
  const body = Buffer.concat(chunks);
  const expected = promisedLength(status, headers);
  const isWhole = response.complete && (expected === null || expected === body.length);
  return isWhole ? { kind: 'read', status, headers, body } : { kind: 'broken', status, headers };
}

/** What is wrong where the program's reader sees something else than Node's; `undefined` where nothing is. */
export function difference(ours: Reading, node: Reading): string | undefined {
  if (ours.kind === 'left') return undefined;
  // No head came: Node may have known that earlier, or may have read a part of one.
  if (ours.kind === 'refused') return node.kind === 'read' ? 'refused what Node reads' : undefined;
  if (node.kind !== 'read' && node.kind !== 'broken') return 'took a head that Node refuses';
  if (ours.status !== node.status) return 'another status';
  if (textOf(ours.headers) !== textOf(node.headers)) return 'other headers';
  if (ours.kind !== node.kind) return `${ours.kind} what Node has ${node.kind}`;
  if (ours.kind === 'read' && node.kind === 'read' && !ours.body.equals(node.body)) return 'another body';
  return undefined;
}

function textOf(headers: Readonly<Record<string, string>>): string {
  // Node drops a field of that name, and ours reads none.
  const fields = Object.entries(headers).filter(([name]) => name !== '__proto__');
  return JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}
