import { BadContents, skip, take, type Walk } from './pulled.ts';

/** A collection of MongoDB, as mongodump writes it. */
export interface BsonFile {
  readonly format: 'mongodb';
  readonly documents: number;
}

/** MongoDB's limit of 16 MiB, and 16 KiB more that it allows itself (BSONObjMaxInternalSize). */
const LONGEST_DOCUMENT = 16 * 2 ** 20 + 16 * 2 ** 10;

/** Walks the documents of a `.bson` file: each says its length, and ends in a zero (https://bsonspec.org/spec.html). */
export function* walkBson(): Walk<BsonFile> {
  for (let documents = 0; ; documents++) {
    const head = yield { take: 4 };
    if (head === undefined) return { format: 'mongodb', documents };
    const length = head.readInt32LE();
    const isSane = length >= 5 && length <= LONGEST_DOCUMENT;
    if (isSane) yield* skip(length - 5);
    if (!isSane || (yield* take(1))[0] !== 0) {
      throw new BadContents(`has a damaged document after ${documents} others`);
    }
  }
}
