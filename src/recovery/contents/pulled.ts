/** Takes the bytes of something, piece by piece, and says at its end what they were. */
export interface Inspection<Facts> {
  /** @param bytes are looked at until it returns, and not kept. @throws BadContents */
  update(bytes: Buffer): void;
  /** All has come. @throws BadContents */
  end(): Facts;
}

/** The bytes are not what their own form says. `message` goes on from the name of the file. */
export class BadContents extends Error {
  override readonly name = 'BadContents';
}

/** What a walk asks for: so many bytes, so many that it does not look at, or so many for another inspection. */
export type Wanted = Readonly<
  { take: number } | { skip: number } | { pass: number; to: { update(bytes: Buffer): void } }
>;

/** Goes through bytes that come in pieces of any size. It gets `undefined` where there is not one more. */
export type Walk<Facts> = Generator<Wanted, Facts, Buffer | undefined>;

/** Runs a walk with the pieces that come. No byte is copied but those of a taken run that two pieces share. */
export class Pulled<Facts> implements Inspection<Facts> {
  readonly #walk: Walk<Facts>;
  #wanted: IteratorResult<Wanted, Facts>;
  /** Of what is wanted, how many bytes are still to come. */
  #missing = 0;
  /** The first pieces of what is being taken. */
  #held: Buffer[] = [];
  #seen = 0;

  constructor(walk: Walk<Facts>) {
    this.#walk = walk;
    this.#wanted = walk.next();
    this.#settle();
  }

  update(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0 && this.#wanted.done !== true) {
      const piece = rest.subarray(0, this.#missing);
      rest = rest.subarray(piece.length);
      this.#seen += piece.length;
      this.#missing -= piece.length;
      this.#give(this.#wanted.value, piece);
    }
  }

  end(): Facts {
    if (this.#wanted.done !== true && 'take' in this.#wanted.value && this.#held.length === 0) {
      this.#wanted = this.#walk.next(undefined);
    }
    if (this.#wanted.done === true) return this.#wanted.value;
    throw new BadContents(`ends early, after ${this.#seen} bytes`);
  }

  #give(wanted: Wanted, piece: Buffer): void {
    if ('pass' in wanted) wanted.to.update(piece);
    // Its memory is another's once `update` has ended.
    if ('take' in wanted) this.#held.push(this.#missing > 0 ? Buffer.from(piece) : piece);
    if (this.#missing > 0) return;
    const [only = Buffer.alloc(0), ...more] = this.#held;
    const taken = more.length === 0 ? only : Buffer.concat(this.#held);
    this.#held = [];
    this.#wanted = this.#walk.next(taken);
    this.#settle();
  }

  /** Takes up what is wanted now; of nothing there is nothing to wait for. */
  #settle(): void {
    while (this.#wanted.done !== true) {
      const { value } = this.#wanted;
      this.#missing = 'take' in value ? value.take : 'skip' in value ? value.skip : value.pass;
      if (this.#missing > 0) return;
      this.#wanted = this.#walk.next(Buffer.alloc(0));
    }
  }
}

/** Exactly so many bytes. @throws BadContents where there are fewer */
export function* take(length: number): Generator<Wanted, Buffer, Buffer | undefined> {
  const bytes = yield { take: length };
  if (bytes === undefined) throw new BadContents('ends early');
  return bytes;
}

export function* skip(length: number): Generator<Wanted, void, Buffer | undefined> {
  if (length > 0) yield { skip: length };
}
