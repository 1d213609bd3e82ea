import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ArchiverError } from '../../../model/errors.ts';
import { codeOf } from '../../../text/error-code.ts';
import type { RestoreVerdict } from '../restore-archives.ts';
import { reportMarkdown } from './markdown.ts';
import { reportOf } from './report-data.ts';

interface ReportFile {
  readonly path: string;
  readonly form: 'markdown' | 'json';
}

/** The files of `--report FILE`: one for `.md` and `.json`, both for another name. @throws ArchiverError `usage.invalid` */
export function reportFiles(path: string): ReportFile[] {
  if (path === '' || path.endsWith('/')) {
    throw new ArchiverError('usage.invalid', '--report names no file', {
      hint: 'backup-archiver --help tells more.',
    });
  }
  if (path.endsWith('.md')) return [{ path, form: 'markdown' }];
  if (path.endsWith('.json')) return [{ path, form: 'json' }];
  return [
    { path: `${path}.md`, form: 'markdown' },
    { path: `${path}.json`, form: 'json' },
  ];
}

/**
 * Looks whether the report can be written, before a restore that may take hours.
 * @throws ArchiverError `usage.invalid`
 */
export async function requireRoomFor(files: readonly ReportFile[]): Promise<void> {
  for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
    try {
      await access(folder, constants.W_OK | constants.X_OK);
    } catch (error) {
      const code = codeOf(error);
      throw new ArchiverError('usage.invalid', `--report: no file can be written in ${folder}: ${code}`, {
        hint: 'Make the folder, or name another one.',
      });
    }
  }
}

/**
 * Writes the report. A reader sees the one before or the new one, never half of it.
 * @throws ArchiverError `download.disk`
 */
export async function writeReport(
  files: readonly ReportFile[],
  verdicts: readonly RestoreVerdict[],
  made: { at: number; version: string },
): Promise<void> {
  const report = reportOf(verdicts, made);
  for (const { path, form } of files) {
    const text = form === 'json' ? `${JSON.stringify(report, null, 2)}\n` : reportMarkdown(report);
    const beside = `${path}.${randomBytes(4).toString('hex')}.part`;
    try {
      await writeFile(beside, text, { flush: true });
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      const code = codeOf(error);
      throw new ArchiverError('download.disk', `the report ${path} cannot be written: ${code}`, {
        hint: 'The result is in the log, and beside the archive. Make room or correct the path.',
      });
    }
  }
}
