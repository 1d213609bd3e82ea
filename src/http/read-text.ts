import type { DownloadBody } from '../ports/backup-source.ts';

export interface TextLimits {
  /** What is longer is cut off there, and its connection closed. */
  readonly bytes: number;
  /** Milliseconds, by the real clock as got's own limits; absent where the request has a limit already. */
  readonly timeout?: number;
}

/**
 * The whole of a small body as text.
 * @throws what the body raises; ERR_STREAM_PREMATURE_CLOSE after `timeout`
 */
export async function readText(
  body: DownloadBody,
  limits: TextLimits,
): Promise<{ text: string; cut: boolean }> {
  const timer = limits.timeout === undefined ? undefined : setTimeout(() => body.destroy(), limits.timeout);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(Buffer.from(chunk));
      size += chunk.length;
      // Leaving the loop destroys the body.
      if (size > limits.bytes) {
        return { text: Buffer.concat(chunks).toString('utf8', 0, limits.bytes), cut: true };
      }
    }
    return { text: Buffer.concat(chunks).toString('utf8'), cut: false };
  } finally {
    clearTimeout(timer);
  }
}
