/** More digits than any number that is exact in the end needs. */
const MAX_LENGTH = 40;

/**
 * A decimal such as `2.3` times a whole number, exactly: in binary arithmetic 2.3 h are 8279999.999999999 ms.
 * @param decimal digits, and a fraction of digits or none
 * @returns `undefined` where the product is not whole, or more than a number holds exactly
 */
export function scaleDecimal(decimal: string, factor: number): number | undefined {
  if (decimal.length > MAX_LENGTH) return undefined;
  const [whole = '', fraction = ''] = decimal.split('.');
  const product = BigInt(whole + fraction) * BigInt(factor);
  const unit = 10n ** BigInt(fraction.length);
  return product % unit === 0n && product / unit <= Number.MAX_SAFE_INTEGER
    ? Number(product / unit)
    : undefined;
}
