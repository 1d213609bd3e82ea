import type { Config } from '../../config/schema/config.ts';
import type { ListedObject } from '../../ports/archive-store.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import { formatDuration } from '../../text/duration.ts';
import { type AppContext, openStore } from '../app-context.ts';
import { EXIT } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import type { Print } from '../render/print-in-pieces.ts';
import { renderTable } from '../render/table.ts';

/**
 * `list`: the archives in the bucket, newest first; those of databases that are no longer configured too.
 * @returns the exit code
 */
export async function listVerb(
  config: Config,
  { databases, json }: Invocation,
  context: AppContext,
  print: Print,
): Promise<number> {
  const store = openStore(config, context);
  try {
    const only = databases.length === 1 ? databases[0] : undefined;
    const { archives } = await store.list(only, new AbortController().signal);
    const wanted = archives.filter(({ database }) => databases.length === 0 || databases.includes(database));
    await print(json ? asJson(wanted) : asTable(wanted, context.clock.now()));
    return EXIT.done;
  } finally {
    store.close();
  }
}

function asJson(archives: readonly ListedObject[]): string {
  const rows = archives.map(({ database, backupId, createdAt, size, key }) => ({
    database,
    backupId,
    createdAt: createdAt.toISOString(),
    size,
    key,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

function asTable(archives: readonly ListedObject[], now: number): string {
  if (archives.length === 0) return 'no archives\n';
  return renderTable(
    ['DATABASE', 'CREATED', 'AGE', 'SIZE', 'KEY'],
    archives.map(({ database, createdAt, size, key }) => [
      database,
      createdAt.toISOString().replace('.000Z', 'Z'),
      formatDuration(Math.max(0, now - createdAt.getTime())),
      formatByteSize(size),
      key,
    ]),
    { right: ['AGE', 'SIZE'] },
  );
}
