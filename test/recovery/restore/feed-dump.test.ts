import { describe, expect, it } from 'vitest';
import { dumpForm } from '../../../src/recovery/restore/dump-form.ts';
import { feedDump } from '../../../src/recovery/restore/feed-dump.ts';
import type { FoundDump } from '../../../src/recovery/restore/target.ts';
import { tarGzOf } from '../tar-of.ts';

const MYSQL = Buffer.from(
  `-- MySQL dump 10.13  Distrib 8.0.36\n${'-- x\n'.repeat(200_000)}-- Dump completed on 2026-03-01  3:00:04\n`,
);
const calm = () => new AbortController().signal;

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What comes of an archive of these files, and what was given to the sink. */
async function feed(
  files: Readonly<Record<string, Buffer>>,
  write: (bytes: Buffer) => Promise<void> = async () => {},
) {
  const opened: FoundDump[] = [];
  const given: Buffer[] = [];
  const open = async (dump: FoundDump) => {
    opened.push(dump);
    return {
      write: async (bytes: Buffer) => {
        await write(bytes);
        given.push(bytes);
      },
    };
  };
  const found = await feedDump('shop/a.tar.gz', inPieces(await tarGzOf(files), 1000), open, calm());
  return { opened, bytes: Buffer.concat(given), found };
}

describe('the dump of an archive', () => {
  it('is found among other files, and given whole', async () => {
    const { opened, bytes, found } = await feed({
      'readme.txt': Buffer.from('x'),
      'a/shop.sql': MYSQL,
      empty: Buffer.alloc(0),
    });
    expect(opened).toEqual([{ engine: 'mysql', name: 'a/shop.sql', size: MYSQL.length }]);
    expect(bytes.equals(MYSQL)).toBe(true);
    expect(found.map(({ name }) => name)).toEqual(['readme.txt', 'a/shop.sql', 'empty']);
  });

  it('waits for what takes it: never is more than a piece on its way', async () => {
    let busy = 0;
    let most = 0;
    let largest = 0;
    await feed({ 'shop.sql': MYSQL }, async ({ length }) => {
      busy += 1;
      most = Math.max(most, busy);
      largest = Math.max(largest, length);
      await new Promise(setImmediate);
      busy -= 1;
    });
    expect(most).toBe(1);
    expect(largest).toBeLessThanOrEqual(256 * 1024);
  });

  it('ends where what takes it has failed', async () => {
    const failed = feed({ 'shop.sql': MYSQL }, () => Promise.reject(new Error('the tool has ended')));
    await expect(failed).rejects.toThrow('the tool has ended');
  });

  it.each([
    [
      'there is none',
      { 'dump.rdb': Buffer.from('x') },
      /it has no dump that can be restored here: dump\.rdb$/,
    ],
    ['there are two', { 'a.sql': MYSQL, 'b.sql': MYSQL }, /it has more than one dump: a\.sql, b\.sql$/],
    [
      'it is SQL of another tool',
      { 'a.sql': Buffer.from('DROP DATABASE shop;') },
      /a\.sql is SQL of which is not known/,
    ],
  ])('is refused where %s', async (_, files, message) => {
    await expect(feed(files as Record<string, Buffer>)).rejects.toMatchObject({
      code: 'restore.unsupported',
      message: expect.stringMatching(message),
    });
  });

  it('is damaged where its last line is missing', async () => {
    await expect(feed({ 'a.sql': MYSQL.subarray(0, -60) })).rejects.toMatchObject({
      code: 'archive.damaged',
    });
  });
});

it.each([
  ['PGDMP\u0001', 'x', 'postgresql'],
  ['-- MySQL dump 10.13', 'shop', 'mysql'],
  ['/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19', 'shop.sql', 'mysql'],
  ['CREATE TABLE a', 'a/shop.sql', 'sql'],
  ['CREATE TABLE a', 'a/._shop.sql', 'other'],
  ['REDIS0010', 'dump.rdb', 'other'],
])('%j in %s is %s', (head, name, form) => {
  expect(dumpForm(Buffer.from(head, 'latin1'), name)).toBe(form);
});
