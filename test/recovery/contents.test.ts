import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inspectFile } from '../../src/recovery/contents/dump-file.ts';
import { BadContents, Pulled } from '../../src/recovery/contents/pulled.ts';
import { walkTar } from '../../src/recovery/contents/tar.ts';
import { inspectArchive } from '../../src/recovery/verify/inspect-archive.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { tarGzOf, tarOf } from './tar-of.ts';

const calm = () => new AbortController().signal;
const LONG = `${'folder-'.repeat(20)}/${'x'.repeat(120)}.txt`;

/** Documents of BSON: `{ "n": <int32> }`. */
function bson(...values: number[]): Buffer {
  return Buffer.concat(
    values.map((value) => {
      const document = Buffer.from([12, 0, 0, 0, 0x10, 0x6e, 0, 0, 0, 0, 0, 0]);
      document.writeInt32LE(value, 7);
      return document;
    }),
  );
}

/** An empty snapshot, as Redis 7 writes it: the CRC is that of redis-check-rdb. */
const RDB = Buffer.from('524544495330303130ff', 'hex');

function rdb(): Buffer {
  const crc = Buffer.alloc(8);
  crc.writeBigUInt64LE(crc64(RDB));
  return Buffer.concat([RDB, crc]);
}

/** CRC-64/REDIS bit by bit, in the unreflected form of its definition. */
function crc64(bytes: Buffer): bigint {
  const mask = (1n << 64n) - 1n;
  const reflect = (value: bigint, bits: number) =>
    BigInt(`0b${value.toString(2).padStart(bits, '0').split('').reverse().join('')}`);
  let crc = 0n;
  for (const byte of bytes) {
    crc ^= reflect(BigInt(byte), 8) << 56n;
    for (let bit = 0; bit < 8; bit++) {
      crc = ((crc << 1n) & mask) ^ (crc >> 63n === 1n ? 0xad93d23594c935a9n : 0n);
    }
  }
  return reflect(crc, 64);
}

const SQL = Buffer.from(
  '/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB\nCREATE TABLE a (b int);\n-- Dump completed on 2026-03-01  3:00:04\n',
);

const FILES = {
  [LONG]: Buffer.alloc(3000, 'a'),
  'dump/shop/items.bson': bson(1, 2, 3),
  'dump/shop/items.metadata.json': Buffer.from('{}'),
  'shop.sql': SQL,
  'shop.rdb': rdb(),
  empty: Buffer.alloc(0),
};

/** What the walk finds in bytes that come in pieces of these sizes, whose memory is gone once they were looked at. */
function walk(tar: Buffer, sizes: () => number) {
  const pulled = new Pulled(walkTar(inspectFile));
  for (let at = 0; at < tar.length; ) {
    const size = sizes();
    const piece = Buffer.from(tar.subarray(at, at + size));
    pulled.update(piece);
    piece.fill(0xff);
    at += size;
  }
  return pulled.end();
}

describe('the files of a tar', () => {
  it('are named, measured and known by their form, however the bytes come', async () => {
    const tar = await tarOf(FILES);
    const expected = [
      { name: LONG, size: 3000, dump: null },
      { name: 'dump/shop/items.bson', size: 36, dump: { format: 'mongodb', documents: 3 } },
      { name: 'dump/shop/items.metadata.json', size: 2, dump: null },
      {
        name: 'shop.sql',
        size: SQL.length,
        dump: { format: 'mysql', tool: 'MariaDB dump 10.19  Distrib 10.11.6-MariaDB' },
      },
      { name: 'shop.rdb', size: 18, dump: { format: 'redis', version: 10, isChecked: true } },
      { name: 'empty', size: 0, dump: null },
    ];
    const random = seededRandom(11);
    for (const sizes of [() => tar.length, () => 1, () => 512, () => 1 + Math.floor(random() * 700)]) {
      expect(walk(tar, sizes)).toEqual(expected);
    }
  });

  it.each<[string, Readonly<Record<string, Buffer>>, RegExp]>([
    [
      'BSON that ends early',
      { 'a.bson': bson(1, 2).subarray(0, 20) },
      /^a\.bson ends early, after 20 bytes$/,
    ],
    [
      'BSON with a wrong length',
      { 'a.bson': Buffer.concat([bson(1), Buffer.alloc(12, 3)]) },
      /damaged document after 1/,
    ],
    [
      'SQL without its last line',
      { 'a.sql': SQL.subarray(0, -50) },
      /^a\.sql is a dump of MySQL that ends early/,
    ],
    [
      'RDB with another byte',
      { a: Buffer.concat([rdb().subarray(0, 8), Buffer.from('2'), rdb().subarray(9)]) },
      /checksum is of other bytes/,
    ],
    ['RDB that ends early', { a: rdb().subarray(0, -3) }, /ends early/],
  ])('%s is found', async (_, files, why) => {
    const tar = await tarOf(files);
    expect(() => walk(tar, () => 100)).toThrow(BadContents);
    expect(() => walk(tar, () => 100)).toThrow(why);
  });

  it.each<[string, string, Buffer]>([
    ['SQL that does not say what wrote it', 'a.sql', Buffer.from('CREATE TABLE a (b int);\n')],
    ['PostgreSQL of a later version of the format', 'a', Buffer.from('PGDMP\x01\x11\x00\x04\x08\x01 later')],
    [
      'the table of contents of a dump in a folder',
      'toc.dat',
      Buffer.from('PGDMP\x01\x0e\x00\x04\x08\x03 toc'),
    ],
    ['settings whose first word is REDIS', 'a.env', Buffer.from('REDIS_URL=redis://127.0.0.1\n')],
    ['an RDB file of a version without a checksum', 'a.rdb', Buffer.from('REDIS0003\xff')],
    ['the log of Redis', 'appendonly.aof', Buffer.concat([rdb(), Buffer.from('*1\r\n$4\r\nPING\r\n')])],
    ['what macOS writes beside a file', '._items.bson', Buffer.alloc(40, 7)],
  ])('%s says nothing against it', async (_, name, bytes) => {
    const tar = await tarOf({ [name]: bytes });
    expect(walk(tar, () => 64)).toEqual([{ name, size: bytes.length, dump: null }]);
  });
});

describe('an archive', () => {
  const pieces = async function* (bytes: Buffer) {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  };

  it('is unpacked into nothing, and each file is named', async () => {
    const found = await inspectArchive('k', pieces(await tarGzOf(FILES)), calm());
    expect(found.map(({ name }) => name)).toEqual(Object.keys(FILES));
  });

  it.each<[string, () => Promise<Buffer>, RegExp]>([
    [
      'a tar that ends early in a right gzip',
      async () => gzipSync((await tarOf(FILES)).subarray(0, -1024)),
      /tar that ends early/,
    ],
    [
      'a tar that ends within a file',
      async () => gzipSync((await tarOf(FILES)).subarray(0, 2000)),
      /ends early/,
    ],
    [
      'a damaged header',
      async () => gzipSync(Buffer.concat([Buffer.alloc(512, 1), await tarOf(FILES)])),
      /is no tar/,
    ],
    ['a gzip that ends early', async () => (await tarGzOf(FILES)).subarray(0, -9), /does not unpack/],
    [
      'bytes after the gzip',
      async () => Buffer.concat([await tarGzOf(FILES), Buffer.alloc(700)]),
      /k: does not/,
    ],
    ['no gzip', async () => Buffer.from('<html>'), /does not unpack: incorrect header check/],
  ])('is damaged: %s', async (_, make, why) => {
    const error: unknown = await inspectArchive('k', pieces(await make()), calm()).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'archive.damaged', message: expect.stringMatching(why) });
  });

  it('is damaged wherever a bit is flipped', async () => {
    const whole = await tarGzOf(FILES);
    const names = Object.keys(FILES);
    // Without the head, of which gzip reads a part only: the checksum of the whole is for that.
    for (let at = 10; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      const found = await inspectArchive('k', pieces(flipped), calm()).catch((thrown: unknown) => thrown);
      // Some bits mean nothing, and some the same: then the bytes within are those that they were.
      if (Array.isArray(found)) expect(found.map(({ name }) => name)).toEqual(names);
      else expect(found, `byte ${at}`).toMatchObject({ code: 'archive.damaged' });
    }
  });
});
