import type { Readable } from 'node:stream';

/**
 * The text (UTF-8) of an object that should be small. What is at its key may be anything, of any size.
 * @param limit bytes
 * @returns `undefined` where it has more: nothing of the rest is read, and its connection is closed
 */
export async function smallText(body: unknown, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as Readable as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop destroys the stream.
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
