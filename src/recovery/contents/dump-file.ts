import { type BsonFile, walkBson } from './bson.ts';
import { POSTGRESQL_MAGIC, type PostgresqlDump, walkPostgresqlDump } from './postgresql-dump.ts';
import { BadContents, type Inspection, Pulled } from './pulled.ts';
import { REDIS_MAGIC, type RedisDump, RedisInspection } from './redis-dump.ts';
import { type SqlDump, SqlInspection } from './sql-dump.ts';

/** One file of an archive, and what its own form says of it. */
export interface DumpFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** `null`: its form is not known, and nothing more was looked at. */
  readonly dump: PostgresqlDump | SqlDump | BsonFile | RedisDump | null;
}

const LONGEST_MAGIC = Math.max(POSTGRESQL_MAGIC.length, REDIS_MAGIC.length);

/** Looks into a file by its first bytes, or by its name where it has no form of its own. */
export function inspectFile(name: string, size: number): Inspection<DumpFile> {
  let first = Buffer.alloc(0);
  let chosen: Inspection<NonNullable<DumpFile['dump']>> | 'none' | undefined = byName(name);
  return {
    update(bytes) {
      let rest = bytes;
      if (chosen === undefined) {
        first = Buffer.concat([first, bytes]);
        if (first.length < LONGEST_MAGIC) return;
        chosen = byMagic(first) ?? 'none';
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

function byName(name: string) {
  if (name.endsWith('.bson')) return new Pulled(walkBson());
  return name.endsWith('.sql') ? new SqlInspection() : undefined;
}

function byMagic(first: Buffer) {
  const text = first.toString('latin1', 0, LONGEST_MAGIC);
  if (text.startsWith(POSTGRESQL_MAGIC)) return new Pulled(walkPostgresqlDump());
  return text.startsWith(REDIS_MAGIC) ? new RedisInspection() : undefined;
}

/** Runs `work`, and names the file in what is wrong with it. */
function named<Result>(name: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof BadContents ? new BadContents(`${name} ${error.message}`) : error;
  }
}
