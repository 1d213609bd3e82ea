import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ArchiveSource } from '../../sandbox/archive/archive-source.ts';
import { archiveDigest } from '../../sandbox/archive/archive-source.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import {
  SimulatedScalingo,
  type SimulatedScalingoOptions,
} from '../../sandbox/scalingo/simulated-scalingo.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { ArchiverProcess, type Finished } from './archiver-process.ts';
import type { BucketView } from './test-store.ts';

/**
 * A Scalingo of its own, a prefix of its own in somebody's bucket, and the program between them. Whatever
 * the program prints is searched for every secret that it was given or that Scalingo issued.
 */
export class World implements AsyncDisposable {
  readonly scalingo: SimulatedScalingo;
  readonly bucket: BucketView;
  readonly prefix: string;
  #folder: string | undefined;

  private constructor(scalingo: SimulatedScalingo, bucket: BucketView) {
    this.scalingo = scalingo;
    this.bucket = bucket;
    this.prefix = `t${randomUUID().slice(0, 8)}/`;
  }

  static async start(bucket: BucketView, options: SimulatedScalingoOptions = {}): Promise<World> {
    return new World(await SimulatedScalingo.start(options), bucket);
  }

  /** The environment of a run; of one database where one is given. */
  environment(
    database?: SimulatedDatabase,
    extra: Readonly<Record<string, string>> = {},
  ): Record<string, string> {
    return {
      ...this.scalingo.environment(),
      ...this.bucket.environment(),
      S3_PREFIX: this.prefix,
      BACKUP_POLL_INTERVAL: '100ms',
      LOG_FORMAT: 'json',
      ...(database === undefined
        ? {}
        : { DATABASE_NAME: 'shop', SCALINGO_APP: database.app, DATABASE_ID: database.id }),
      ...extra,
    };
  }

  /** Writes a configuration with these databases, named by their applications; gone with the world. */
  async configFile({
    databases,
    ...more
  }: {
    databases: readonly SimulatedDatabase[];
    [key: string]: unknown;
  }): Promise<string> {
    this.#folder ??= await mkdtemp(join(tmpdir(), 'archiver-'));
    const path = join(this.#folder, `${randomUUID()}.yaml`);
    const entries = databases.map(({ app, id }) => ({ name: app, app, id }));
    // JSON is YAML.
    await writeFile(path, JSON.stringify({ databases: entries, ...more }));
    return path;
  }

  spawn(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    nodeOptions: readonly string[] = [],
  ): ArchiverProcess {
    return new ArchiverProcess(args, env, nodeOptions);
  }

  /** Runs to the end. */
  async run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Finished> {
    await using process = this.spawn(args, env);
    const finished = await process.finished();
    this.expectNoSecret(finished, env);
    return finished;
  }

  /** `run` for one database. */
  archive(database: SimulatedDatabase, extra: Readonly<Record<string, string>> = {}): Promise<Finished> {
    return this.run(['run'], this.environment(database, extra));
  }

  expectNoSecret(
    { stdout, stderr }: Pick<Finished, 'stdout' | 'stderr'>,
    env: Readonly<Record<string, string>> = {},
  ): void {
    const given = [
      'SCALINGO_API_TOKEN',
      'DB_BEARER_TOKEN',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'AWS_ACCESS_KEY_ID',
      'NOTIFY_PING_URL',
      'NOTIFY_WEBHOOK_URL',
      'RESTORE_TEST_POSTGRESQL_URL',
      'RESTORE_TEST_MYSQL_URL',
    ]
      .map((name) => env[name])
      .filter((value): value is string => value !== undefined && value !== '');
    const secrets = [...this.scalingo.issuedSecrets(), ...given];
    const printed = stdout + stderr;
    const leaked = secrets.filter((secret) => printed.includes(secret));
    expect(leaked, 'secrets in the output').toEqual([]);
  }

  /** Keys of this world, without its prefix. */
  async keys(): Promise<string[]> {
    return (await this.bucket.keys(this.prefix))
      .map((key) => key.slice(this.prefix.length))
      .filter((key) => !key.startsWith('.locks/'));
  }

  /** Keys of the leases that there are. */
  async leases(): Promise<string[]> {
    const keys = await this.bucket.keys(`${this.prefix}.locks/`);
    return keys.filter((key) => /\.locks\/[^/]+\.json$/.test(key));
  }

  unfinishedUploads(): Promise<string[]> {
    return this.bucket.unfinishedUploads(this.prefix);
  }

  async manifests(): Promise<Manifest[]> {
    const keys = (await this.bucket.keys(this.prefix)).filter((key) => key.endsWith('.manifest.json'));
    return Promise.all(keys.map(async (key) => JSON.parse(await this.bucket.text(key)) as Manifest));
  }

  /** There is exactly this archive, byte for byte, with its manifest, and nothing else. */
  async expectOnlyArchive(archive: ArchiveSource): Promise<Manifest> {
    const manifests = await this.manifests();
    expect(manifests).toHaveLength(1);
    const [manifest] = manifests as [Manifest];
    await this.expectStored(manifest, archive);
    expect(await this.keys()).toHaveLength(2);
    expect(await this.unfinishedUploads()).toEqual([]);
    return manifest;
  }

  /** The bytes of the object that a manifest stands for are those of its backup. */
  async expectStored(manifest: Manifest | undefined, archive: ArchiveSource): Promise<void> {
    if (manifest === undefined) throw new Error('there is no such manifest');
    expect(manifest.size).toBe(archive.size);
    const stored = await this.bucket.digest(manifest.key);
    expect(stored).toEqual({ size: archive.size, sha256: await archiveDigest(archive) });
  }

  /** No archive, no object, no upload. */
  async expectNothing(): Promise<void> {
    expect(await this.keys()).toEqual([]);
    expect(await this.unfinishedUploads()).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scalingo.close();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}
