/**
 * What a byte adds to a reflected CRC of 64 bits, for each of the 256.
 * @param polynomial reflected
 */
export function crc64Table(polynomial: bigint): bigint[] {
  return Array.from({ length: 256 }, (_, byte) => {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) value = crc64Shift(value, polynomial);
    return value;
  });
}

/** One bit further. */
export function crc64Shift(value: bigint, polynomial: bigint): bigint {
  return (value & 1n) === 1n ? (value >> 1n) ^ polynomial : value >> 1n;
}

/** The lower and the upper half of a value of 64 bits, as numbers of 32. */
export function halvesOf(value: bigint): { low: number; high: number } {
  return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)) };
}
