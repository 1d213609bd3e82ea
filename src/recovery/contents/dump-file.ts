import { type BsonFile, walkBson } from './bson.ts';
import { isKnownDump, POSTGRESQL_HEAD, type PostgresqlDump, walkPostgresqlDump } from './postgresql-dump.ts';
import { BadContents, type Inspection, Pulled } from './pulled.ts';
import { isRdb, type RedisDump, RedisInspection } from './redis-dump.ts';
import { type SqlDump, SqlInspection } from './sql-dump.ts';

/** One file of an archive, and what its own form says of it. */
export interface DumpFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** `null`: its form is not known, and nothing more was looked at. */
  readonly dump: PostgresqlDump | SqlDump | BsonFile | RedisDump | null;
}

/** Bytes by which a form is known. */
const HEAD = POSTGRESQL_HEAD;

/**
 * Looks into a file by its first bytes, or by its name where these say nothing. A form that is not known is no fault: then
 * nothing is said of it.
 */
export function inspectFile(name: string, size: number): Inspection<DumpFile> {
  let first = Buffer.alloc(0);
  let chosen: Inspection<DumpFile['dump']> | 'none' | undefined;
  return {
    update(bytes) {
      let rest = bytes;
      if (chosen === undefined) {
        first = Buffer.concat([first, bytes]);
        if (first.length < Math.min(HEAD, size)) return;
        chosen = byHead(first, name) ?? byName(name) ?? 'none';
        rest = first;
      }
      if (chosen !== 'none') named(name, () => (chosen as Inspection<unknown>).update(rest));
    },
    end() {
      if (chosen === undefined || chosen === 'none') return { name, size, dump: null };
      const inspection = chosen;
      return { name, size, dump: named(name, () => inspection.end()) };
    },
  };
}

function byHead(first: Buffer, name: string) {
  if (isKnownDump(first)) return new Pulled(walkPostgresqlDump());
  // The log of Redis may begin as an RDB file does, and goes on as text.
  return isRdb(first) && !name.endsWith('.aof') ? new RedisInspection() : undefined;
}

function byName(path: string) {
  const name = path.slice(path.lastIndexOf('/') + 1);
  // What macOS writes beside a file, under its name.
  if (name.startsWith('._')) return undefined;
  if (name.endsWith('.bson')) return new Pulled(walkBson());
  return name.endsWith('.sql') ? new SqlInspection() : undefined;
}

/** Runs `work`, and names the file in what is wrong with it. */
function named<Result>(name: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof BadContents ? new BadContents(`${name} ${error.message}`) : error;
  }
}
