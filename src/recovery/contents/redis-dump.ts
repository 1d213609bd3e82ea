import { crc64Table, halvesOf } from '../../integrity/crc64-table.ts';
import { BadContents, type Inspection } from './pulled.ts';

/** An RDB file of Redis. */
export interface RedisDump {
  readonly format: 'redis';
  readonly version: number;
  /** Whether it has a checksum: `rdbchecksum no` has it write none. */
  readonly isChecked: boolean;
}

/** Since then it ends in a checksum. */
const FIRST_VERSION = 5;
const HEAD = 9;
/** The mark of the end, and the checksum. */
const TAIL = 9;
const END = 0xff;

/** Whether a file begins as an RDB file does that ends in a checksum. */
export function isRdb(first: Buffer): boolean {
  return versionOf(first) >= FIRST_VERSION;
}

function versionOf(first: Buffer): number {
  const [, digits] = /^REDIS(\d{4})/.exec(first.toString('latin1', 0, HEAD)) ?? [];
  return Number(digits);
}

/**
 * Looks at an RDB file: its head, the mark of its end, and the CRC-64 of all before it
 * (https://github.com/redis/redis/blob/unstable/src/rdb.c; version 5 and later).
 */
export class RedisInspection implements Inspection<RedisDump> {
  readonly #crc = new Crc64Redis();
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);

  update(bytes: Buffer): void {
    if (this.#head.length < HEAD) {
      this.#head = Buffer.concat([this.#head, bytes.subarray(0, HEAD - this.#head.length)]);
    }
    const all = this.#tail.length === 0 ? bytes : Buffer.concat([this.#tail, bytes]);
    const settled = Math.max(0, all.length - TAIL);
    this.#crc.update(all.subarray(0, settled));
    this.#tail = Buffer.from(all.subarray(settled));
  }

  end(): RedisDump {
    const version = versionOf(this.#head);
    const [mark] = this.#tail;
    if (this.#tail.length < TAIL || !(version >= 5))
      throw new BadContents('is a dump of Redis that ends early');
    if (mark !== END)
      throw new BadContents('is a dump of Redis that ends early: the mark of its end is missing');
    this.#crc.update(this.#tail.subarray(0, 1));
    const stated = this.#tail.readBigUInt64LE(1);
    if (stated !== 0n && stated !== this.#crc.value) {
      throw new BadContents('is a dump of Redis whose checksum is of other bytes');
    }
    return { format: 'redis', version, isChecked: stated !== 0n };
  }
}

/** CRC-64/REDIS, reflected (https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-64-redis). */
const POLYNOMIAL = 0x95ac9329ac4bc9b5n;

const low = new Int32Array(256);
const high = new Int32Array(256);
/** Built with the first file: most archives have none of this kind. */
let built = false;

function buildTables(): void {
  for (const [byte, value] of crc64Table(POLYNOMIAL).entries()) {
    const halves = halvesOf(value);
    low[byte] = halves.low;
    high[byte] = halves.high;
  }
  built = true;
}

class Crc64Redis {
  #l = 0;
  #h = 0;

  constructor() {
    if (!built) buildTables();
  }

  update(bytes: Buffer): void {
    let l = this.#l;
    let h = this.#h;
    for (const byte of bytes) {
      const index = (l ^ byte) & 255;
      l = ((l >>> 8) | (h << 24)) ^ (low[index] as number);
      h = (h >>> 8) ^ (high[index] as number);
    }
    this.#l = l;
    this.#h = h;
  }

  get value(): bigint {
    return (BigInt(this.#h >>> 0) << 32n) | BigInt(this.#l >>> 0);
  }
}
