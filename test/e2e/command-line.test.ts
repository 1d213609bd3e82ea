import { openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { ArchiverProcess, type Finished } from '../support/archiver-process.ts';
import { startSandboxWorld } from './sandbox-world.ts';

const archive = syntheticArchive({ size: 2000, seed: 'command line' });
const NAMES = ['billing', 'blog', 'cache', 'crm', 'shop'];

async function start() {
  const sandbox = await startSandboxWorld();
  const { world } = sandbox;
  const databases = NAMES.map((app) => {
    const database = world.scalingo.addDatabase({ app, archive });
    database.addBackup();
    return database;
  });
  const config = await world.configFile({ databases });
  const env = world.environment();
  return {
    ...sandbox,
    database: databases[0],
    run: (args: readonly string[], more: Record<string, string> = {}) =>
      world.run(['run', '--config', config, ...args], { ...env, ...more }),
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

function archivedBy({ events }: Finished): (string | undefined)[] {
  return events.filter(({ event }) => event === 'archive.completed').map(({ database }) => database);
}

describe('run', () => {
  it('--shard spreads the databases: every one falls into exactly one', async () => {
    await using sandbox = await start();
    const runs = await Promise.all([
      sandbox.run(['--shard', '0/3']),
      // As an Indexed Job says it.
      sandbox.run([], { JOB_COMPLETION_INDEX: '1', ARCHIVER_SHARDS: '3' }),
      sandbox.run(['--shard=2/3'], { JOB_COMPLETION_INDEX: '0', ARCHIVER_SHARDS: '1' }),
    ]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(runs.flatMap(archivedBy).sort()).toEqual(NAMES);
  });

  it('of an empty shard has nothing to do: it says so, and ends with 0', async () => {
    await using sandbox = await start();
    // One of the two has it.
    const shards = await Promise.all(
      ['0/2', '1/2'].map((shard) => sandbox.run(['--shard', shard, '--database', 'shop'])),
    );
    expect(shards.flatMap(archivedBy)).toEqual(['shop']);
    const empty = shards.find((finished) => archivedBy(finished).length === 0);
    expect(empty).toMatchObject({ code: 0, stderr: '' });
    expect(empty?.events.map(({ event }) => event)).toEqual(['run.completed']);
  });

  it('--database picks, as often as it is given', async () => {
    await using sandbox = await start();
    const finished = await sandbox.run(['--database', 'shop', '--database', 'crm']);
    expect(finished.code).toBe(0);
    expect(archivedBy(finished).sort()).toEqual(['crm', 'shop']);
  });

  it('that is asked wrongly attempts nothing, says what is wrong in one line, and ends with 2', async () => {
    await using sandbox = await start();
    const wrong: readonly (readonly [readonly string[], Record<string, string>, readonly string[]])[] = [
      [['--database', 'shpo'], {}, ['shpo', 'shop']],
      [['--database', 'shop', '--database', 'x'], {}, ['x', 'crm']],
      [['--shard', '3/3'], {}, ['--shard "3/3"', '0 ≤ I < N']],
      [['--shard', 'one'], {}, ['--shard "one"']],
      [[], { JOB_COMPLETION_INDEX: '4', ARCHIVER_SHARDS: '4' }, ['4/4']],
      // Its fellows would all work on everything, and lock each other out.
      [[], { JOB_COMPLETION_INDEX: '1' }, ['JOB_COMPLETION_INDEX', 'ARCHIVER_SHARDS is not set']],
      [['--since', 'yesterday'], {}, ['--since "yesterday"', '2026-03-01T03:00:00Z']],
      [['--since', '2026-03-01T03:00:00'], {}, ['--since', 'offset']],
      [[], { ARCHIVER_SINCE: '2026-13-01T03:00:00Z' }, ['ARCHIVER_SINCE']],
      [['--dry'], {}, ['--dry']],
      [['shop'], {}, ['shop']],
    ];
    const ended = await Promise.all(wrong.map(([args, env]) => sandbox.run(args, env)));
    for (const [index, [args, , words]] of wrong.entries()) {
      const { code, stdout, stderr = '' } = ended[index] ?? {};
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      for (const word of words) expect(stderr).toContain(word);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
    expect(sandbox.world.scalingo.requests).toEqual([]);
    expect(sandbox.s3.requests).toEqual([]);
  });
});

describe('the other verbs', () => {
  it('speak of all databases, in a pod of an Indexed Job too', async () => {
    await using sandbox = await start();
    const env = { ...sandbox.world.environment(sandbox.database), JOB_COMPLETION_INDEX: '7' };
    const listed = await sandbox.world.run(['list'], env);
    expect(listed).toMatchObject({ code: 0, stdout: 'no archives\n' });
    const pruned = await sandbox.world.run(['prune', '--dry-run'], { ...env, ARCHIVER_SHARDS: '4' });
    expect(pruned).toMatchObject({ code: 0, stdout: 'shop: no archives\n' });
  });
});

describe('a response', () => {
  // A file that was cut short must not look like one that is whole.
  it.each(['--version', '--print-config', 'list --json'])(
    'of %s that a full disk did not take is a failure',
    async (asked) => {
      await using sandbox = await start();
      await using program = new ArchiverProcess(
        asked.split(' '),
        { ...sandbox.world.environment(sandbox.database) },
        [],
        openSync('/dev/full', 'w'),
      );
      const { code, stderr } = await program.finished();
      expect(stderr).toBe('backup-archiver: the response could not be written to standard output (ENOSPC)\n');
      expect(code).toBe(1);
    },
  );

  it('whose reader has seen enough is none', async () => {
    await using sandbox = await start();
    await using program = sandbox.world.spawn(['--help'], {});
    program.child.stdout?.destroy();
    expect(await program.finished()).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a misspelt variable', () => {
  it('is a warning at the start of each verb and a line of --print-config, by its name alone', async () => {
    await using sandbox = await start();
    const { world, database } = sandbox;
    const env = { ...world.environment(database), BACKUP_MOD: 'value-of-it', S3_BUCKET_FILE: '/value/of-it' };
    const [ran, listed, printed] = await Promise.all(
      ['run', 'list', '--print-config'].map((verb) => world.run([verb], env)),
    );
    const lines = [
      'BACKUP_MOD is set, and is not read; did you mean BACKUP_MODE?',
      'S3_BUCKET_FILE is set, and is not read: only secrets are read from files; set S3_BUCKET',
    ];
    for (const finished of [ran, listed]) {
      const warned = finished?.events.filter(({ event }) => event === 'config.unknown_variable');
      expect(warned).toMatchObject([
        { level: 'warn', variable: 'BACKUP_MOD', meant: 'BACKUP_MODE', msg: lines[0] },
        { level: 'warn', variable: 'S3_BUCKET_FILE', meant: 'S3_BUCKET', msg: lines[1] },
      ]);
      expect(finished?.code).toBe(0);
    }
    expect(printed?.stdout.split('\n').slice(4, 6)).toEqual(lines.map((line) => `# ${line}`));
    for (const finished of [ran, listed, printed]) {
      expect(`${finished?.stdout}${finished?.stderr}`).not.toMatch(/value.of-it/);
    }
  });
});

describe('list', () => {
  it('that cannot read the bucket to its end shows nothing, and ends with 1', async () => {
    await using sandbox = await start();
    const { s3, world } = sandbox;
    s3.fail({ operation: 'ListObjectsV2', fault: { kind: 'error', code: 'AccessDenied' }, times: 9 });
    const { code, stdout, stderr } = await world.run(['list'], world.environment());
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('s3:ListBucket');
  });
});
