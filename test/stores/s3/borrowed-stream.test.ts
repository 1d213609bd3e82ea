import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { BorrowedStream } from '../../../src/stores/s3/upload/borrowed-stream.ts';

const KiB = 1024;

/** Chunks in one and the same memory, which is written over as soon as the next one is asked for. */
async function* lent(sizes: readonly number[], onReturn: () => void = () => {}): AsyncGenerator<Buffer> {
  const memory = Buffer.alloc(Math.max(...sizes));
  try {
    for (const [index, size] of sizes.entries()) {
      memory.fill(255);
      memory.fill(index + 1, 0, size);
      yield memory.subarray(0, size);
      memory.fill(255);
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    onReturn();
  }
}

function whole(sizes: readonly number[]): Buffer {
  return Buffer.concat(sizes.map((size, index) => Buffer.alloc(size, index + 1)));
}

/** Framing lines among large chunks, and more than any socket buffer holds. */
const SIZES = [9, 256 * KiB, 11, 4, 700 * KiB, 256 * KiB, 1024, 1025, 3 * KiB * KiB, 5];

it('piped into a request, each chunk has left before the next is asked for', async () => {
  const received = Promise.withResolvers<Buffer>();
  const server = createServer((incoming, response) => {
    // Slower than the sender: its buffers fill up.
    setTimeout(() => received.resolve(buffer(incoming)), 50);
    incoming.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const outgoing = request({ port, method: 'PUT' });
  new BorrowedStream(lent(SIZES)).pipe(outgoing);
  const bytes = await received.promise;
  server.close();
  expect(bytes.equals(whole(SIZES))).toBe(true);
});

it('read in any other way, each chunk is a copy', async () => {
  const stream = new BorrowedStream(lent(SIZES));
  expect((await buffer(stream)).equals(whole(SIZES))).toBe(true);
});

it('destroyed in the middle of a write, it lets its source go', async () => {
  const ended = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const server = createServer(() => arrived.resolve());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const outgoing = request({ port, method: 'PUT' });
  outgoing.on('error', () => {});
  const stream = new BorrowedStream(lent(Array(64).fill(1024 * KiB), ended.resolve));
  stream.pipe(outgoing);
  // Nobody reads there: the write never ends.
  await arrived.promise;
  stream.destroy();
  await ended.promise;
  outgoing.destroy();
  server.closeAllConnections();
  server.close();
});

it('tells of a source that breaks', async () => {
  async function* breaking(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(10);
    throw new Error('the source broke');
  }
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const outgoing = request({ port, method: 'PUT' });
  outgoing.on('error', () => {});
  const stream = new BorrowedStream(breaking());
  const failed = new Promise((resolve) => stream.once('error', resolve));
  stream.pipe(outgoing);
  expect(await failed).toMatchObject({ message: 'the source broke' });
  outgoing.destroy();
  server.closeAllConnections();
  server.close();
});
