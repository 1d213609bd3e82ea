import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** A tar of these files, packed by another's code. */
export async function tarOf(files: Readonly<Record<string, Buffer>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, bytes] of Object.entries(files)) tar.entry({ name }, bytes);
  tar.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of tar) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

export async function tarGzOf(files: Readonly<Record<string, Buffer>>): Promise<Buffer> {
  return gzipSync(await tarOf(files));
}
