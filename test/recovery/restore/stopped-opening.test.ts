import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseManifest } from '../../../src/model/manifest.ts';
import { parseServerUrl } from '../../../src/model/server-url.ts';
import { systemClock } from '../../../src/process/system-clock.ts';
import type { Reading } from '../../../src/recovery/download/fetch-block.ts';
import { restoreArchive } from '../../../src/recovery/restore/restore-archive.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { seededManifest } from '../../support/seeded-archive.ts';
import { tarGzOf } from '../tar-of.ts';

/** A client that writes down what it is to do, and does not come to the end of making a database. */
const CLIENT = `#!/bin/sh
[ "$1" = --version ] && exec echo 'mariadb from 11.4.3-MariaDB'
while read -r line; do
  echo "$$ $line" >>"$DONE"
  case $line in
    *GET_LOCK*) echo held ;;
    'CREATE DATABASE'*) exec sleep 600 ;;
  esac
done
`;

const folder = { path: '', before: process.env.PATH };
beforeEach(async () => {
  folder.path = await mkdtemp(join(tmpdir(), 'client-'));
  const client = CLIENT.replace('$DONE', join(folder.path, 'done'));
  await writeFile(join(folder.path, 'mariadb'), client, { mode: 0o755 });
  process.env.PATH = `${folder.path}:${folder.before}`;
});
afterEach(async () => {
  process.env.PATH = folder.before;
  await rm(folder.path, { recursive: true, force: true });
});

/** What the client was given, after the number of its process. */
const done = async () => (await readFile(join(folder.path, 'done'), 'utf8').catch(() => '')).split('\n');
const hasBegunToMake = async () => (await done()).some((line) => line.includes(' CREATE DATABASE'));

/** An archive whose last block comes once its database is being made, after `then`. */
async function readingOf(then: () => void): Promise<Reading> {
  const dump = `-- MySQL dump 10.13\n-- ${randomBytes(24 * 1024).toString('hex')}\n-- Dump completed on 2026-03-01  3:00:04\n`;
  const bytes = await tarGzOf({ 'shop.sql': Buffer.from(dump) });
  const identity = { database: 'shop', createdAt: new Date('2026-03-01T03:00:00Z'), backupId: 'b-1' };
  const manifest = parseManifest('shop', seededManifest(identity, { addonId: 'ad-1', size: bytes.length }));
  return {
    store: {
      async readRange(_archive, { start, end }) {
        if (end === bytes.length) {
          while (!(await hasBegunToMake())) await setImmediate();
          then();
        }
        return Readable.from([bytes.subarray(start, end)]);
      },
      readStalled: (_archive, what) => {
        throw new Error(what);
      },
    },
    archive: { ...identity, key: manifest.key, size: bytes.length, lastModified: identity.createdAt },
    manifest,
    stallTimeout: 60_000,
    maxAttempts: 1,
    // So many that the blocks are small.
    connections: 8192,
    clock: systemClock,
    random: Math.random,
    log: memoryLog().log,
    onBytes: () => {},
  };
}

it.each([
  ['a signal', (stop: AbortController) => stop.abort(new Error('stopped')), { message: 'stopped' }],
  ['a fault of the bytes', () => {}, { code: 'archive.checksum_mismatch' }],
])('%s while the database is being made leaves neither it nor its lock', async (_, then, error) => {
  const stop = new AbortController();
  const server = parseServerUrl('mysql://me@db.example.com');
  if (typeof server === 'string') throw new Error(server);
  const left: unknown[] = [];
  const place = {
    servers: { mysql: server },
    keep: false,
    jobs: 1,
    onLeft: (database: string) => left.push(database),
  };
  const restored = restoreArchive(await readingOf(() => then(stop)), place, stop.signal);
  await expect(restored).rejects.toMatchObject(error);
  const lines = await done();
  expect(lines.filter((line) => line.includes('DROP DATABASE'))).toHaveLength(1);
  const holder = Number(lines.find((line) => line.includes('GET_LOCK'))?.split(' ')[0]);
  expect(() => process.kill(holder, 0)).toThrow('ESRCH');
  expect(left).toEqual([]);
});
