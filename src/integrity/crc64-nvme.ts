import { crc64Shift, crc64Table, halvesOf } from './crc64-table.ts';

/**
 * CRC-64/NVME, reflected, begun at all ones and inverted at the end
 * (https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-64-nvme). Node has none of its own. Sixteen
 * bytes a step, each by a table of its own, in halves of 32 bits: `node bench/checksums.ts` shows what that
 * takes beside the SDK's.
 */
const POLYNOMIAL = 0x9a6c9329ac4bc9b5n;
const STEP = 16;

/** Entry `k * 256 + b` is byte `b` moved on by `k` further bytes. */
const low = new Int32Array(STEP * 256);
const high = new Int32Array(STEP * 256);

/** Built with the first checksum: most runs have none of this kind. */
let built = false;

function buildTables(): void {
  const single = crc64Table(POLYNOMIAL);
  for (let byte = 0; byte < 256; byte++) {
    let value = single[byte] as bigint;
    for (let k = 0; k < STEP; k++) {
      const halves = halvesOf(value);
      low[k * 256 + byte] = halves.low;
      high[k * 256 + byte] = halves.high;
      value = (value >> 8n) ^ (single[Number(value & 0xffn)] as bigint);
    }
  }
  built = true;
}

/** A CRC64NVME in the making. */
export class Crc64Nvme {
  #low = -1;
  #high = -1;

  constructor() {
    if (!built) buildTables();
  }

  update(bytes: Uint8Array): void {
    let l = this.#low;
    let h = this.#high;
    let i = 0;
    // The indices are in range by construction. Each sum is in one expression: a loop over k takes twice as long.
    const at = (index: number) => bytes[index] as number;
    for (const end = bytes.length - STEP; i <= end; i += STEP) {
      l ^= at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24);
      h ^= at(i + 4) | (at(i + 5) << 8) | (at(i + 6) << 16) | (at(i + 7) << 24);
      const a = 3840 + (l & 255);
      const b = 3584 + ((l >>> 8) & 255);
      const c = 3328 + ((l >>> 16) & 255);
      const d = 3072 + (l >>> 24);
      const e = 2816 + (h & 255);
      const f = 2560 + ((h >>> 8) & 255);
      const g = 2304 + ((h >>> 16) & 255);
      const j = 2048 + (h >>> 24);
      const k = 1792 + at(i + 8);
      const m = 1536 + at(i + 9);
      const n = 1280 + at(i + 10);
      const o = 1024 + at(i + 11);
      const p = 768 + at(i + 12);
      const q = 512 + at(i + 13);
      const r = 256 + at(i + 14);
      const s = at(i + 15);
      l = sum8(low, a, b, c, d, e, f, g, j) ^ sum8(low, k, m, n, o, p, q, r, s);
      h = sum8(high, a, b, c, d, e, f, g, j) ^ sum8(high, k, m, n, o, p, q, r, s);
    }
    for (; i < bytes.length; i++) {
      const index = (l ^ at(i)) & 255;
      l = ((l >>> 8) | (h << 24)) ^ (low[index] as number);
      h = (h >>> 8) ^ (high[index] as number);
    }
    this.#low = l;
    this.#high = h;
  }

  /** Of what has come so far. */
  get value(): bigint {
    return (BigInt(~this.#high >>> 0) << 32n) | BigInt(~this.#low >>> 0);
  }
}

function sum8(
  table: Int32Array,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
): number {
  return (
    (table[a] as number) ^
    (table[b] as number) ^
    (table[c] as number) ^
    (table[d] as number) ^
    (table[e] as number) ^
    (table[f] as number) ^
    (table[g] as number) ^
    (table[h] as number)
  );
}

/**
 * The CRC64NVME of A‖B from those of A and B and the length of B: the first is multiplied by x^(8·length)
 * modulo the polynomial, as for CRC32.
 * @param lengthB bytes of B
 */
export function combineCrc64Nvme(crcA: bigint, crcB: bigint, lengthB: number): bigint {
  return multiply(powerOfX(lengthB), crcA) ^ crcB;
}

/** x^0 has the highest bit, the polynomials being reflected. */
const ONE = 1n << 63n;
/** x^(8·2^k) by k, as far as lengths have asked for. */
const squares: bigint[] = [ONE >> 8n];

function squareOf(k: number): bigint {
  for (let next = squares.length; next <= k; next++) {
    const before = squares[next - 1] as bigint;
    squares.push(multiply(before, before));
  }
  return squares[k] as bigint;
}

/** The parts of an archive have two sizes: most are of the last one asked for. */
let last = { bytes: 0, power: ONE };

function powerOfX(bytes: number): bigint {
  if (bytes === last.bytes) return last.power;
  let power = ONE;
  for (let k = 0, rest = bytes; rest > 0; k++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = multiply(squareOf(k), power);
  }
  last = { bytes, power };
  return power;
}

function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = ONE; bit > 0n; bit >>= 1n) {
    if ((a & bit) !== 0n) product ^= shifted;
    shifted = crc64Shift(shifted, POLYNOMIAL);
  }
  return product;
}

/** Base64 of the eight big-endian bytes, as `x-amz-checksum-crc64nvme` carries it. */
export function encodeCrc64Nvme(crc: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(crc);
  return bytes.toString('base64');
}
