import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isatty } from 'node:tty';
import type { Config } from '../../config/schema/config.ts';
import { ArchiverError } from '../../model/errors.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { writeBytes } from '../../process/binary-output.ts';
import { installShutdown, RELEASE_BOUND, STOP_BOUND } from '../../process/shutdown.ts';
import { downloadFile } from '../../recovery/download/download-file.ts';
import { downloadStream } from '../../recovery/download/download-stream.ts';
import type { Reading } from '../../recovery/download/fetch-block.ts';
import { partPath, requireNoFile } from '../../recovery/download/partial-file.ts';
import { type FoundArchive, findArchive } from '../../recovery/find-archive.ts';
import type { S3ArchiveStore } from '../../stores/s3/s3-archive-store.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import { formatDuration } from '../../text/duration.ts';
import { type AppContext, openStore } from '../app-context.ts';
import { EXIT } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import type { Print } from '../render/print-in-pieces.ts';
import { usageError } from '../usage-error.ts';

/** Blocks that are fetched at once, unless `s3.concurrency` says otherwise. */
const CONNECTIONS = 4;
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
  const { log, clock } = context;
  const shutdown = installShutdown({ log, clock, boundMs: STOP_BOUND, releaseMs: RELEASE_BOUND });
  const store = openStore(config, context);
  shutdown.onRelease('connections', () => store.close());
  try {
    const found = await findArchive(store, text, shutdown.signal);
    const target = await targetOf(output, found);
    const begun = clock.now();
    await bring(found, target, { config, context, store }, shutdown.signal);
    const line = report(found, target, log, clock.now() - begun);
    if (target !== STANDARD_OUTPUT) await print(line);
    return EXIT.done;
  } catch (error) {
    if (shutdown.reason === undefined) throw error;
    return shutdown.reason.exitCode;
  } finally {
    await shutdown.release();
    shutdown.dispose();
  }
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

interface World {
  readonly config: Config;
  readonly context: AppContext;
  readonly store: S3ArchiveStore;
}

async function bring(found: FoundArchive, target: string, world: World, signal: AbortSignal): Promise<void> {
  const { context } = world;
  const { archive, manifest } = found;
  const log = context.log.child({ database: archive.database });
  const meter = context.progress(log).begin(archive.database, manifest.size);
  try {
    let through = 0;
    const reading = readingOf(found, world, log, (more) => {
      through += more;
      meter.report(through);
    });
    if (target === STANDARD_OUTPUT) {
      const failure = await writeBytes(downloadStream(reading, signal), signal);
      if (failure !== undefined) throw unread(failure);
      return;
    }
    const onFound = (bytes: number) => {
      through = bytes;
      meter.found(bytes);
      log.info(
        'archive.resumed',
        { backupId: archive.backupId, bytes, totalBytes: manifest.size },
        `${formatByteSize(bytes)} in ${partPath(target)} are right, and are kept`,
      );
    };
    await downloadFile(reading, target, onFound, signal);
  } finally {
    meter.end();
  }
}

/** How an archive is read back: with the settings of a transfer. */
export function readingOf(
  found: FoundArchive,
  { config, context: { clock, random }, store }: World,
  log: EventLog,
  onBytes: Reading['onBytes'],
): Reading {
  return {
    ...found,
    store: store.heardBy(log),
    stallTimeout: config.transfer.stallTimeout,
    maxAttempts: config.transfer.maxAttempts,
    connections: config.s3.concurrency ?? CONNECTIONS,
    clock,
    random,
    log,
    onBytes,
  };
}

/** @returns the line for standard output */
function report(
  { archive, manifest }: FoundArchive,
  output: string,
  log: EventLog,
  durationMs: number,
): string {
  const { database, backupId, key } = archive;
  const { size: bytes, checksum } = manifest;
  log.info(
    'archive.downloaded',
    { database, backupId, key, bytes, durationMs, output, checksum: checksum.value },
    `${key} is whole: ${formatByteSize(bytes)} in ${formatDuration(durationMs)}`,
  );
  return `${output}: ${formatByteSize(bytes)} (${bytes} bytes), ${checksum.algorithm} ${checksum.value} as in the manifest\n`;
}

function unread(code: string): ArchiverError {
  return new ArchiverError('download.disk', `standard output cannot be written: ${code}`, {
    hint: 'The program that reads it has ended, or its disk is full. What it has read is not the whole archive.',
  });
}
