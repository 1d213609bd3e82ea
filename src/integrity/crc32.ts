import { crc32 } from 'node:zlib';

/**
 * CRC32 (the IEEE polynomial of gzip and zlib, RFC 1952 §8), as an unsigned 32-bit number.
 * `node:zlib` computes it natively; what is ours is putting parts together.
 */
export { crc32 };

const POLYNOMIAL = 0xedb88320;

/**
 * The CRC32 of A‖B from the CRC32s of A and B and the length of B: appending n zero bytes is a linear map
 * over GF(2), and the map for n bytes is built by squaring (the method of zlib's `crc32_combine`).
 * @param lengthB bytes of B; may pass 2^32
 */
export function combineCrc32(crcA: number, crcB: number, lengthB: number): number {
  let remaining = lengthB;
  let crc = crcA;
  for (let power = 0; remaining > 0; power++, remaining = Math.floor(remaining / 2)) {
    if (remaining % 2 === 1) crc = apply(zeroBytes(power), crc);
  }
  return (crc ^ crcB) >>> 0;
}

/** The operators of 2^k zero bytes, built once: they depend on nothing. */
const operators: Uint32Array[] = [];

function zeroBytes(power: number): Uint32Array {
  for (let k = operators.length; k <= power; k++) {
    const previous = operators[k - 1];
    operators.push(previous === undefined ? oneZeroByte() : square(previous));
  }
  return operators[power] as Uint32Array;
}

function oneZeroByte(): Uint32Array {
  let operator = new Uint32Array(32);
  operator[0] = POLYNOMIAL;
  for (let bit = 1; bit < 32; bit++) operator[bit] = 2 ** (bit - 1);
  // One bit, squared three times: eight bits.
  for (let doubling = 0; doubling < 3; doubling++) operator = square(operator);
  return operator;
}

function square(operator: Uint32Array): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(operator, (column) => apply(operator, column));
}

function apply(operator: Uint32Array, vector: number): number {
  let sum = 0;
  for (let bit = 0, rest = vector; rest !== 0; bit++, rest >>>= 1) {
    if ((rest & 1) === 1) sum ^= operator[bit] ?? 0;
  }
  return sum >>> 0;
}

/** Base64 of the four big-endian bytes, as `x-amz-checksum-crc32` carries it. */
export function encodeCrc32(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc >>> 0);
  return bytes.toString('base64');
}
