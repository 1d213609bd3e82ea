import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { IntegrityError } from '../../../src/model/errors.ts';
import type { Manifest } from '../../../src/model/manifest.ts';
import { reportMarkdown } from '../../../src/recovery/restore/report/markdown.ts';
import { reportOf } from '../../../src/recovery/restore/report/report-data.ts';
import { reportFiles, writeReport } from '../../../src/recovery/restore/report/write-report.ts';
import type { RestoreVerdict } from '../../../src/recovery/restore/restore-archives.ts';

const AT = Date.parse('2026-03-02T06:00:00Z');
const ID = '5b8b36104ffb090be1ac3ce1';
const KEY = `shop/2026-03-01T03-00-00Z_${ID}.tar.gz`;
const ARCHIVE = {
  database: 'shop',
  backupId: ID,
  key: KEY,
  size: 1234,
  createdAt: new Date('2026-03-01T03:00:00Z'),
};
const MANIFEST = {
  createdAt: '2026-03-01T03:00:00.000Z',
  archivedAt: '2026-03-01T03:10:00.000Z',
  checksum: { algorithm: 'CRC64NVME', value: 'aGVsbG8=', kind: 'full-object' },
  proof: 'store-full-object',
} as Manifest;
const SEEN = {
  archive: ARCHIVE as RestoreVerdict['archive'],
  manifest: MANIFEST,
  begunAt: AT,
  durationMs: 90_000,
};

const VERDICTS: readonly RestoreVerdict[] = [
  {
    ...SEEN,
    ok: true,
    restored: {
      engine: 'postgresql',
      dump: { engine: 'postgresql', name: 'shop.pgsql', size: 99 },
      says: null,
      serverVersion: '15.4',
      tools: ['pg_restore (PostgreSQL) 15.4'],
      tables: [
        { name: 'public.a', rows: 3 },
        { name: 'public.b|<c>', rows: 4 },
      ],
      objects: { views: 2, triggers: 0 },
      bytes: 8 * 2 ** 20,
      warnings: ['role "x" does not exist'],
    },
  },
  {
    ...SEEN,
    ok: false,
    isSkipped: false,
    isFault: true,
    error: new IntegrityError('restore.damaged', `${KEY}: does not restore: x`, { hint: 'Try another.' }),
  },
];

it('the report says what, when, how old, how long, how much, by what, and who vouches', () => {
  const report = reportOf(VERDICTS, { at: AT, version: '1.2.3' });
  expect(report).toMatchObject({
    version: 1,
    at: '2026-03-02T06:00:00.000Z',
    archiver: '1.2.3',
    archives: [
      {
        database: 'shop',
        key: KEY,
        result: 'restored',
        error: null,
        ageMs: 27 * 3_600_000,
        durationMs: 90_000,
        checksum: MANIFEST.checksum,
        proof: 'store-full-object',
        restored: { tables: 2, rows: 7, bytes: 8 * 2 ** 20, tools: ['pg_restore (PostgreSQL) 15.4'] },
      },
      { result: 'damaged', error: { code: 'restore.damaged', hint: 'Try another.' }, restored: null },
    ],
  });
  const text = reportMarkdown(report);
  expect(text).toContain('| shop | restored | 2026-03-01T03:00:00.000Z | 1d 3h | 1m 30s | 2 | 7 |');
  expect(text).toContain('| who vouched for the stored bytes | the store itself: its checksum');
  expect(text).toContain('| checksum | CRC64NVME (full-object) aGVsbG8= |');
  expect(text).toContain('| public.b\\|\\<c> | 4 |');
  expect(text).toContain('- role "x" does not exist');
  expect(text).toContain('| error | restore.damaged:');
});

it('the report is one file by its ending, else two, and nothing else stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'report-'));
  try {
    const written = async (name: string) => {
      await writeReport(reportFiles(join(folder, name)), VERDICTS, { at: AT, version: '1.2.3' });
      return (await readdir(folder)).sort();
    };
    expect(await written('a.md')).toEqual(['a.md']);
    expect(await written('a.json')).toEqual(['a.json', 'a.md']);
    expect(await written('b.txt')).toEqual(['a.json', 'a.md', 'b.txt.json', 'b.txt.md']);
    expect(JSON.parse(await readFile(join(folder, 'b.txt.json'), 'utf8'))).toMatchObject({ version: 1 });
    const nowhere = writeReport(reportFiles(join(folder, 'none', 'a.md')), VERDICTS, {
      at: AT,
      version: '1',
    });
    await expect(nowhere).rejects.toMatchObject({
      code: 'download.disk',
      message: expect.stringContaining('ENOENT'),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.each(['', 'folder/'])('the report %j is no file', (path) => {
  expect(() => reportFiles(path)).toThrow(expect.objectContaining({ code: 'usage.invalid' }));
});
