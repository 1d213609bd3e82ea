/** Bytes of a tar block; a header is one, and a file's content is padded to a multiple of it. */
export const TAR_BLOCK = 512;
/** A tar ends in two blocks of zeros (POSIX.1-2017, pax "ustar Interchange Format"). */
export const TAR_END = 2 * TAR_BLOCK;

const LARGEST_OCTAL_SIZE = 0o77777777777;

/** The header block of one regular file in a tar, GNU flavour. */
export function tarHeader(file: { name: string; size: number; modifiedAt: Date }): Buffer {
  const header = Buffer.alloc(TAR_BLOCK);
  const name = Buffer.from(file.name, 'utf8');
  if (name.length === 0 || name.length > 100) {
    throw new RangeError(`a file name of ${name.length} bytes does not fit a tar header (1 to 100)`);
  }
  name.copy(header, 0);
  header.write('0000644\0', 100, 'latin1');
  header.write('0000000\0', 108, 'latin1');
  header.write('0000000\0', 116, 'latin1');
  writeSize(header, file.size);
  header.write(`${octal(Math.floor(file.modifiedAt.getTime() / 1000), 11)}\0`, 136, 'latin1');
  header.write('        ', 148, 'latin1'); // the checksum counts itself as blanks
  header.write('0', 156, 'latin1');
  header.write('ustar  \0', 257, 'latin1');
  header.write('root', 265, 'latin1');
  header.write('root', 297, 'latin1');
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${octal(checksum, 6)}\0 `, 148, 'latin1');
  return header;
}

/** Octal up to 8 GiB, then GNU's base-256 with the top bit set. */
function writeSize(header: Buffer, size: number): void {
  if (size <= LARGEST_OCTAL_SIZE) {
    header.write(`${octal(size, 11)}\0`, 124, 'latin1');
    return;
  }
  header[124] = 0x80;
  header.writeBigUInt64BE(BigInt(size), 128);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
