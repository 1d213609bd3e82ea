import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isatty } from 'node:tty';
import type { Config } from '../../config/schema/config.ts';
import { ArchiverError } from '../../model/errors.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { writeBytes } from '../../process/binary-output.ts';
import { downloadFile } from '../../recovery/download/download-file.ts';
import { downloadStream } from '../../recovery/download/download-stream.ts';
import { partPath, requireNoFile } from '../../recovery/download/partial-file.ts';
import { type FoundArchive, findArchive } from '../../recovery/find-archive.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import { formatDuration } from '../../text/duration.ts';
import type { AppContext } from '../app-context.ts';
import { openReading, type ShownReading } from '../archive-reading.ts';
import { EXIT } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { foldText } from '../render/fold-text.ts';
import type { Print } from '../render/print-in-pieces.ts';
import { screenWidth } from '../screen-width.ts';
import { usageError } from '../usage-error.ts';
import { withStore } from '../with-store.ts';

const STANDARD_OUTPUT = '-';

/**
 * `download`: an archive back, into a file or to standard output.
 * @returns the exit code
 */
export async function downloadVerb(
  config: Config,
  { operands: [text = ''], output }: Invocation,
  context: AppContext,
  print: Print,
): Promise<number> {
  if (output === STANDARD_OUTPUT && isatty(1)) {
    throw usageError('--output - is a terminal: send it to a file or a program, as in `--output - | tar xz`');
  }
  if (output === '')
    throw usageError('--output has no value: name a file, a folder, or - for standard output');
  return withStore(config, context, async (store, signal) => {
    const { clock } = context;
    const found = await findArchive(store, text, signal);
    const log = context.log.child({ database: found.archive.database });
    const target = await targetOf(output, found);
    const begun = clock.now();
    const shown = openReading(found, store, log, { config, context });
    try {
      await bring(shown, target, signal);
    } finally {
      shown.end();
    }
    const line = report(found, target, log, clock.now() - begun);
    if (target !== STANDARD_OUTPUT) await print(`${foldText(line, screenWidth(context))}\n`);
    return EXIT.done;
  });
}

/** The file that is written: the one that is named, or one of the archive's own name. @throws ArchiverError `usage.invalid` */
async function targetOf(output: string | undefined, { archive }: FoundArchive): Promise<string> {
  if (output === STANDARD_OUTPUT) return output;
  const ownName = `${archive.database}_${basename(archive.key)}`;
  const isFolder =
    output !== undefined && (await stat(output).catch(() => undefined))?.isDirectory() === true;
  const target = isFolder ? join(output, ownName) : (output ?? ownName);
  await requireNoFile(target);
  return target;
}

async function bring({ reading, found }: ShownReading, target: string, signal: AbortSignal): Promise<void> {
  if (target === STANDARD_OUTPUT) {
    const failure = await writeBytes(downloadStream(reading, signal), signal);
    if (failure !== undefined) throw unread(failure);
    return;
  }
  const onFound = (bytes: number) => {
    found(bytes);
    reading.log.info(
      'archive.resumed',
      { backupId: reading.archive.backupId, bytes, totalBytes: reading.manifest.size },
      `${formatByteSize(bytes)} in ${partPath(target)} are right, and are kept`,
    );
  };
  await downloadFile(reading, target, onFound, signal);
}

/** @returns the line for standard output */
function report(
  { archive, manifest }: FoundArchive,
  output: string,
  log: EventLog,
  durationMs: number,
): string {
  const { backupId, key } = archive;
  const { size: bytes, checksum } = manifest;
  log.info(
    'archive.downloaded',
    { backupId, key, bytes, durationMs, output, checksum: checksum.value },
    `${key} is whole: ${formatByteSize(bytes)} in ${formatDuration(durationMs)}`,
  );
  return `${output}: ${formatByteSize(bytes)} (${bytes} bytes), ${checksum.algorithm} ${checksum.value} as in the manifest`;
}

function unread(code: string): ArchiverError {
  return new ArchiverError('download.disk', `standard output cannot be written: ${code}`, {
    hint: 'The program that reads it has ended, or its disk is full. What it has read is not the whole archive.',
  });
}
