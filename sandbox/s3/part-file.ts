import { createReadStream, createWriteStream } from 'node:fs';
import { rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Where a part is written. */
export interface PartPlace {
  readonly path: string;
  /** Byte of the file at which the part begins. */
  readonly position: number;
  /** Whether it lies in the shared file, at `(number - 1) · stride`. */
  readonly inPlace: boolean;
}

/** A part that was received whole. */
export interface PlacedPart {
  readonly place: PartPlace;
  /** Bytes. */
  readonly size: number;
}

const COPY_CHUNK = 1024 * 1024;

/**
 * The bytes of one multipart upload. Parts are mostly of one size, so each is written straight to where
 * it will lie in the finished object, and Complete is a rename. Parts that do not fit (sent again, or of
 * another size than the first) lie aside and are copied.
 */
export class PartFile {
  readonly #folder: string;
  readonly #data: string;
  readonly #taken = new Set<number>();
  readonly #writing = new Set<PartPlace>();
  #stride: number | undefined;
  #aside = 0;

  /** @param folder exists, and is this upload's alone */
  constructor(folder: string) {
    this.#folder = folder;
    this.#data = join(folder, 'data');
  }

  /** A place for a part that is about to arrive; to be given back with `written` or `failed`. */
  reserve(partNumber: number, size: number): PartPlace {
    this.#stride ??= size;
    const fits = size <= this.#stride && !this.#taken.has(partNumber);
    let place: PartPlace;
    if (fits) {
      this.#taken.add(partNumber);
      place = { path: this.#data, position: (partNumber - 1) * this.#stride, inPlace: true };
    } else {
      this.#aside += 1;
      place = { path: join(this.#folder, `part-${partNumber}-${this.#aside}`), position: 0, inPlace: false };
    }
    this.#writing.add(place);
    return place;
  }

  written(place: PartPlace): void {
    this.#writing.delete(place);
  }

  failed(place: PartPlace, partNumber: number): void {
    this.#writing.delete(place);
    if (place.inPlace) this.#taken.delete(partNumber);
  }

  /** Makes one file of the parts, in their order. @returns its path, inside the upload's folder */
  async assemble(parts: readonly PlacedPart[]): Promise<string> {
    const total = parts.reduce((sum, part) => sum + part.size, 0);
    const target = join(this.#folder, 'assembled');
    const stillWritten = [...this.#writing].some((place) => place.inPlace);
    if (!stillWritten && this.#fitsTogether(parts)) {
      let offset = 0;
      for (const part of parts) {
        if (!part.place.inPlace) await copyRange(part, this.#data, offset);
        offset += part.size;
      }
      await truncate(this.#data, total);
      await rename(this.#data, target);
      return target;
    }
    await writeFile(target, '');
    let offset = 0;
    for (const part of parts) {
      await copyRange(part, target, offset);
      offset += part.size;
    }
    return target;
  }

  /** Whether every part in the shared file lies where it must, so that the others fill the gaps. */
  #fitsTogether(parts: readonly PlacedPart[]): boolean {
    let offset = 0;
    for (const { place, size } of parts) {
      if (place.inPlace && place.position !== offset) return false;
      offset += size;
    }
    return parts.some(({ place }) => place.inPlace);
  }
}

async function copyRange({ place, size }: PlacedPart, target: string, at: number): Promise<void> {
  if (size === 0) return;
  const source = createReadStream(place.path, {
    start: place.position,
    end: place.position + size - 1,
    highWaterMark: COPY_CHUNK,
  });
  await pipeline(source, createWriteStream(target, { flags: 'r+', start: at }));
}
