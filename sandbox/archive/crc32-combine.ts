import { crc32 } from 'node:zlib';

/**
 * Advances a CRC32 over a fixed number of bytes that follow, without seeing them:
 * `crc(A ‖ B) = advance(crc(A)) ^ crc(B)` for a B of `length` bytes. The operation is linear over GF(2), so
 * what it does to each of the 32 bits says all; four tables of 256 make it four look-ups.
 */
export function crc32Advance(length: number): (crc: number) => number {
  const zeros = Buffer.alloc(length);
  const none = crc32(zeros, 0);
  const columns = Array.from({ length: 32 }, (_, bit) => crc32(zeros, (1 << bit) >>> 0) ^ none);
  const tables = [0, 8, 16, 24].map((shift) => tableOf(columns.slice(shift, shift + 8)));
  const [t0, t1, t2, t3] = tables as [Int32Array, Int32Array, Int32Array, Int32Array];
  return (crc) =>
    ((t0[crc & 0xff] ?? 0) ^
      (t1[(crc >>> 8) & 0xff] ?? 0) ^
      (t2[(crc >>> 16) & 0xff] ?? 0) ^
      (t3[crc >>> 24] ?? 0)) >>>
    0;
}

function tableOf(columns: readonly number[]): Int32Array {
  const table = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = 0;
    for (let bit = 0; bit < 8; bit++) if ((byte >>> bit) & 1) value ^= columns[bit] ?? 0;
    table[byte] = value;
  }
  return table;
}
