/** Bytes of a block. Larger ones spare system calls no more and cost the processor's cache. */
const BLOCK = 256 * 1024;
/** A block with less room than this is full: a TLS record has as much (RFC 8446 §5.1). */
const ROOM = 16 * 1024;
/** Blocks that wait for the next bytes, of those that have been read to their end; more while chunks are kept. */
const SPARE = 2;

interface Block {
  readonly bytes: Buffer;
  /** Of what has not been taken yet. */
  begin: number;
  end: number;
  /** How many keep a chunk of it. */
  keepers: number;
}

/**
 * What a socket has received and was not read yet, in blocks that are used again and again. Node would
 * allocate 64 KiB for every read, and its HTTP parser copy them once more; both cost more than the copy itself.
 */
export class ReadAhead {
  readonly #blocks: Block[] = [];
  readonly #spare: Buffer[] = [];
  #size = 0;
  /** Chunks that are kept, of all blocks. */
  #kept = 0;

  /** Bytes that have not been taken. */
  get size(): number {
    return this.#size;
  }

  /** Whether the socket had better stop: what it goes on to read finds room all the same. */
  get isFull(): boolean {
    return this.#size >= BLOCK;
  }

  /** Where the next bytes go. Must be asked for anew after each `received`. */
  target(): Buffer {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.bytes.length - last.end >= ROOM) return last.bytes.subarray(last.end);
    // Not from Node's shared pool, and never shown before it is written.
    const bytes = this.#spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK);
    this.#blocks.push({ bytes, begin: 0, end: 0, keepers: 0 });
    return bytes;
  }

  /** Bytes have come, at the beginning of the last `target`. */
  received(count: number): void {
    const last = this.#blocks.at(-1);
    if (last === undefined) throw new Error('bytes were received that had no target');
    last.end += count;
    this.#size += count;
  }

  /**
   * The oldest bytes, `limit` of them at most, none where there are none. They are the taker's until the next
   * `take`: then their memory may be used again, unless the taker has kept them.
   */
  take(limit: number): Buffer {
    let first = this.#blocks[0];
    // The last block is the socket's target and stays.
    while (first !== undefined && first.begin === first.end && this.#blocks.length > 1) {
      this.#blocks.shift();
      if (first.keepers === 0) this.#reuse(first);
      first = this.#blocks[0];
    }
    if (first === undefined) return Buffer.alloc(0);
    const taken = first.bytes.subarray(first.begin, Math.min(first.end, first.begin + limit));
    first.begin += taken.length;
    this.#size -= taken.length;
    return taken;
  }

  /**
   * Leaves what was taken last to its taker beyond the next `take`.
   * @returns gives its memory back; `undefined` where this memory is not from here
   */
  keep(taken: Buffer): (() => void) | undefined {
    const block = this.#blocks[0];
    if (block === undefined || block.bytes.buffer !== taken.buffer) return undefined;
    block.keepers++;
    this.#kept++;
    return () => {
      block.keepers--;
      this.#kept--;
      if (block.keepers === 0 && !this.#blocks.includes(block)) this.#reuse(block);
      // The next chunks to be kept need as much; once none is, a connection at rest needs little.
      if (this.#kept === 0) this.#spare.splice(SPARE);
    };
  }

  #reuse({ bytes }: Block): void {
    if (this.#spare.length < SPARE || this.#kept > 0) this.#spare.push(bytes);
  }

  /** Takes back the end of what was taken last. */
  putBack(count: number): void {
    const first = this.#blocks[0];
    if (first === undefined || count > first.begin) throw new Error('more was put back than had been taken');
    first.begin -= count;
    this.#size += count;
  }
}
