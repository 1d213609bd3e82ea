/** Bytes of a piece. */
const PIECE = 2 ** 20;
/** Pieces that are kept for the next bytes. */
const KEPT = 16;

/**
 * The memory of one stream that lib-storage cuts into parts. Left to the garbage collector, every byte of an archive
 * is allocated twice on its way, which costs more CPU time than the copy, and what waits to be collected
 * doubles the peak. But it is known when these bytes are needed no more.
 *
 * lib-storage collects pieces until they are more than a part, joins them, sends the part, and keeps the rest as a
 * view into the joined memory until the next part is joined, or as the last one (its `getChunkStream`). So when part n
 * is sent, all pieces up to its end have been copied and can be filled again; and the memory of part n can go as
 * soon as it is stored and part n + 1 is sent, from another memory. Should lib-storage change, the CRC32 of what was read would differ from that of what
 * was sent, and the transfer fail: it cannot pass.
 */
export class StreamMemory {
  readonly #partSize: number;
  /** Given out, the oldest first, and how many were before them. */
  readonly #pieces: Buffer[] = [];
  #returned = 0;
  readonly #spare: Buffer[] = [];
  readonly #formed = new Map<number, ArrayBufferLike>();
  readonly #stored = new Set<number>();
  #newest = 0;

  /** @param partSize bytes */
  constructor(partSize: number) {
    this.#partSize = partSize;
  }

  /** The same bytes, in pieces that stay as they are until the part after theirs is sent. */
  async *pieces(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let piece: Buffer | undefined;
    let filled = 0;
    for await (const chunk of chunks) {
      for (let offset = 0; offset < chunk.length; ) {
        piece ??= this.#take();
        const copied = chunk.copy(piece, filled, offset);
        offset += copied;
        filled += copied;
        if (filled < PIECE) continue;
        yield piece;
        piece = undefined;
        filled = 0;
      }
    }
    if (piece !== undefined && filled > 0) yield piece.subarray(0, filled);
  }

  /** lib-storage sends a part, and has copied every piece up to its end. */
  sent(number: number, bytes: Buffer): void {
    this.#newest = Math.max(this.#newest, number);
    this.#formed.set(number, bytes.buffer);
    // A piece that is larger than a part would not be joined but sent as it is.
    const copied = this.#partSize > PIECE ? Math.floor((this.#newest * this.#partSize) / PIECE) : 0;
    while (this.#returned < copied) {
      const piece = this.#pieces.shift();
      if (piece === undefined) break;
      this.#returned++;
      if (this.#spare.length < KEPT) this.#spare.push(piece);
    }
    this.#free();
  }

  /** The store has confirmed a part: nobody sends it again. */
  stored(number: number): void {
    this.#stored.add(number);
    this.#free();
  }

  #take(): Buffer {
    const piece = this.#spare.pop() ?? Buffer.allocUnsafeSlow(PIECE);
    this.#pieces.push(piece);
    return piece;
  }

  #free(): void {
    for (const number of this.#stored) {
      if (number >= this.#newest) continue;
      const memory = this.#formed.get(number);
      if (memory === this.#formed.get(number + 1)) continue;
      this.#stored.delete(number);
      this.#formed.delete(number);
      // Detached: given back at once, and a view of it is empty. Not what Node's shared pool has lent.
      if (memory instanceof ArrayBuffer && memory.byteLength >= this.#partSize) memory.transfer(0);
    }
  }
}
