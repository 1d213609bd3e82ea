import { Readable } from 'node:stream';
import { archiveBytes } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { Download, DownloadRange } from '../../src/ports/backup-source.ts';
import { ScalingoError } from '../../src/sources/scalingo/api/scalingo-error.ts';
import { drain, sourceOf } from './deliver.ts';

export const bytes = await archiveBytes(syntheticArchive({ size: 10_000, seed: 'rules' }));
export const other = await archiveBytes(syntheticArchive({ size: 10_000, seed: 'another' }));
export const size = bytes.length;

/** One response: what the body gives, and then whether the connection breaks. */
export interface Answer extends Partial<Omit<Download, 'body'>> {
  readonly body: readonly Buffer[];
  readonly breaks?: boolean;
}

export const cut = new ScalingoError('scalingo.network', 'the connection was cut', {
  operation: 'GET download',
  retryable: true,
});
export const rangeRefused = (totalSize?: number) =>
  new ScalingoError('scalingo.range_refused', 'answered 416', {
    operation: 'GET download',
    status: 416,
    ...(totalSize === undefined ? {} : { details: { totalSize } }),
  });

/** A whole response (200) with a length. */
export const whole = (body: Buffer = bytes, more: Partial<Answer> = {}): Answer => ({
  body: [body],
  length: size,
  totalSize: size,
  ...more,
});
/** A part (206) from `start`. */
export const part = (
  start: number,
  body: Buffer = bytes.subarray(start),
  more: Partial<Answer> = {},
): Answer => ({
  body: [body],
  start,
  partial: true,
  totalSize: size,
  ...more,
});
export const broken = (answer: Answer, at: number): Answer => ({
  ...answer,
  body: [Buffer.concat(answer.body).subarray(0, at)],
  breaks: true,
});

/** An API whose downloads answer in this order, the last one for ever. */
export function api(...answers: readonly (Answer | Error)[]) {
  const asked: DownloadRange[] = [];
  const open = (_id: string, range: DownloadRange): Promise<Download> => {
    const answer = answers[Math.min(asked.length, answers.length - 1)];
    asked.push(range);
    if (answer === undefined) throw new Error('there is no response');
    if (answer instanceof Error) return Promise.reject(answer);
    const { body, breaks = false, ...more } = answer;
    async function* read() {
      yield* body;
      if (breaks) throw cut;
    }
    return Promise.resolve({
      ...{
        start: 0,
        partial: false,
        length: null,
        totalSize: null,
        framed: true,
        validator: null,
        contentTag: null,
      },
      ...more,
      body: Readable.from(read(), { objectMode: true }),
    });
  };
  return { asked, open };
}

export async function read(
  answers: readonly (Answer | Error)[],
  expectedSize: number | null = size,
  maxAttempts = 3,
) {
  const fake = api(...answers);
  const outcome = await drain(sourceOf(fake, 'b1', { expectedSize, maxAttempts }));
  return { ...outcome, asked: fake.asked, same: outcome.bytes.equals(bytes) };
}

export function flipped(source: Buffer, at: number): Buffer {
  const copy = Buffer.from(source);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

export function pieces(source: Buffer, ...ends: number[]): Buffer[] {
  return [...ends, source.length].map((end, index) => source.subarray(ends[index - 1] ?? 0, end));
}
