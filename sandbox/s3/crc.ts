/**
 * The CRCs that node:zlib lacks, and the arithmetic that joins the CRCs of two halves. All three are
 * reflected, begin at all ones and end inverted (https://reveng.sourceforge.io/crc-catalogue/):
 * CRC-32/ISO-HDLC, CRC-32/ISCSI (CRC32C) and CRC-64/NVME.
 */
export interface CrcKind {
  /** Bits. */
  readonly width: 32 | 64;
  /** Reflected. */
  readonly polynomial: bigint;
}

export const CRC32: CrcKind = { width: 32, polynomial: 0xedb88320n };
export const CRC32C: CrcKind = { width: 32, polynomial: 0x82f63b78n };
export const CRC64NVME: CrcKind = { width: 64, polynomial: 0x9a6c9329ac4bc9b5n };

/** Tables for eight bytes a step: entry `k * 256 + b` is byte `b` moved on by `k` further bytes. */
interface Tables {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

function buildTables(kind: CrcKind): Tables {
  const low = new Int32Array(8 * 256);
  const high = new Int32Array(8 * 256);
  const single: bigint[] = [];
  for (let byte = 0; byte < 256; byte += 1) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) {
      value = value & 1n ? (value >> 1n) ^ kind.polynomial : value >> 1n;
    }
    single.push(value);
  }
  for (let byte = 0; byte < 256; byte += 1) {
    let value = single[byte] ?? 0n;
    for (let k = 0; k < 8; k += 1) {
      low[k * 256 + byte] = Number(BigInt.asIntN(32, value));
      high[k * 256 + byte] = Number(BigInt.asIntN(32, value >> 32n));
      value = (value >> 8n) ^ (single[Number(value & 0xffn)] ?? 0n);
    }
  }
  return { low, high };
}

const tables = new Map<CrcKind, Tables>();

/** A CRC in the making, as two halves of 32 bits; a 32-bit one uses the low half. */
export class Crc {
  readonly #kind: CrcKind;
  readonly #tables: Tables;
  #low = -1;
  #high: number;

  constructor(kind: CrcKind) {
    this.#kind = kind;
    this.#high = kind.width === 64 ? -1 : 0;
    const known = tables.get(kind) ?? buildTables(kind);
    tables.set(kind, known);
    this.#tables = known;
  }

  update(data: Buffer): void {
    const { low: tl, high: th } = this.#tables;
    let low = this.#low;
    let high = this.#high;
    let i = 0;
    for (const end = data.length - 7; i < end; i += 8) {
      // The indices are in range by construction; `| 0` tells the compiler that it is an integer.
      low ^= word(data, i);
      high ^= word(data, i + 4);
      const a = 1792 + (low & 255);
      const b = 1536 + ((low >>> 8) & 255);
      const c = 1280 + ((low >>> 16) & 255);
      const d = 1024 + (low >>> 24);
      const e = 768 + (high & 255);
      const f = 512 + ((high >>> 8) & 255);
      const g = 256 + ((high >>> 16) & 255);
      const h = high >>> 24;
      low = at(tl, a) ^ at(tl, b) ^ at(tl, c) ^ at(tl, d) ^ at(tl, e) ^ at(tl, f) ^ at(tl, g) ^ at(tl, h);
      high = at(th, a) ^ at(th, b) ^ at(th, c) ^ at(th, d) ^ at(th, e) ^ at(th, f) ^ at(th, g) ^ at(th, h);
    }
    for (; i < data.length; i += 1) {
      const index = (low ^ (data[i] ?? 0)) & 255;
      low = ((low >>> 8) | (high << 24)) ^ at(tl, index);
      high = (high >>> 8) ^ at(th, index);
    }
    this.#low = low;
    this.#high = high;
  }

  /** Big-endian, as S3 encodes it. */
  digest(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeInt32BE(~this.#high, 0);
    bytes.writeInt32BE(~this.#low, 4);
    return this.#kind.width === 64 ? bytes : bytes.subarray(4);
  }
}

function word(data: Buffer, i: number): number {
  return (data[i] ?? 0) | ((data[i + 1] ?? 0) << 8) | ((data[i + 2] ?? 0) << 16) | ((data[i + 3] ?? 0) << 24);
}

function at(table: Int32Array, index: number): number {
  return table[index] ?? 0;
}

/**
 * The CRC of two pieces one after the other, from the CRC of each and the length of the second: the first
 * is multiplied by x^(8·length) modulo the polynomial (as zlib's crc32_combine does).
 */
export function combineCrc(kind: CrcKind, first: bigint, second: bigint, secondLength: number): bigint {
  return multiply(kind, powerOfX(kind, secondLength), first) ^ second;
}

const powers = new Map<string, bigint>();

/** x^(8·bytes) modulo the polynomial, reflected; remembered, since parts are mostly of one size. */
function powerOfX(kind: CrcKind, bytes: number): bigint {
  const name = `${kind.polynomial}:${bytes}`;
  const known = powers.get(name);
  if (known !== undefined) return known;
  const top = BigInt(kind.width - 1);
  let result = 1n << top;
  let square = 1n << (top - 8n);
  for (let left = BigInt(bytes); left > 0n; left >>= 1n) {
    if (left & 1n) result = multiply(kind, square, result);
    square = multiply(kind, square, square);
  }
  powers.set(name, result);
  return result;
}

/** Product of two polynomials over GF(2) modulo the kind's, the highest bit being x^0. */
function multiply(kind: CrcKind, a: bigint, b: bigint): bigint {
  let product = 0n;
  let shifted = b;
  for (let bit = BigInt(kind.width - 1); bit >= 0n; bit -= 1n) {
    if ((a >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ kind.polynomial : shifted >> 1n;
  }
  return product;
}
